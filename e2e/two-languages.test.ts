import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const docs = new URL('../docs/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, docs), 'utf8');

const pagesIn = (directory: URL) =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'));

/** What developers read, only in English, and the terms, whose one table has both languages. */
const hasNoTwin = (path: string) =>
  ['clauses.md', 'readings.md', 'terms.md'].includes(path) || path.startsWith('decisions/');

/** The pages in both languages: `docs/zh/<page>` translates `docs/<page>`, paragraph by paragraph. */
const PAGES = pagesIn(docs)
  .filter((path) => !path.startsWith('zh/') && !hasNoTwin(path))
  .sort();

/** A heading, a paragraph, an item of a list, a row of a table or an example, in the order of the page. */
type Block = { readonly kind: string; readonly cells: string[]; readonly line: number };

/** Cuts a page into its blocks. What stands on several lines of one paragraph or item is one text. */
function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  /** The block that the next line may go on with. */
  let open: Block | null = null;
  for (const [index, text] of page.split('\n').entries()) {
    const begin = (kind: string, cells = [text]): Block => {
      const block = { kind, cells, line: index + 1 };
      blocks.push(block);
      return block;
    };
    const [, heading] = /^(#+) /.exec(text) ?? [];
    const [, item] = /^\s*(-|\d+\.) /.exec(text) ?? [];
    if (open?.kind === 'example') {
      open.cells[0] += `\n${text}`;
      if (text.startsWith('```')) open = null;
    } else if (text.startsWith('```')) open = begin('example');
    else if (heading !== undefined) {
      begin(`heading ${heading.length}`);
      open = null;
    } else if (text.startsWith('|')) {
      begin('row', cellsOf(text));
      open = null;
    } else if (text.trim() === '') open = null;
    else if (item !== undefined) open = begin(`item ${item}`);
    else if (open === null) open = begin('paragraph');
    else open.cells[0] += ` ${text.trim()}`;
  }
  return blocks;
}

/** The cells of a row of a table. A bar between backticks divides nothing. */
const cellsOf = (row: string) =>
  row
    .slice(1, -1)
    .split(/(?<!\\)\|(?=(?:[^`]*`[^`]*`)*[^`]*$)/)
    .map((cell) => cell.trim());

/** Settings, codes, commands, elements: what stands between backticks, without what a placeholder is called. */
const codeIn = (text: string) =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replace(/<[^>]*>/g, '<>'));
const withoutCode = (text: string) => text.replace(/`[^`]+`/g, ' ').replace(/\]\([^)]*\)/g, ']');

const UNITS: Readonly<Record<string, number>> = { million: 1e6, 万: 1e4, 亿: 1e8 };

/** The numbers of a text in digits, clauses and readings (`5.1.5`, `R8`) among them; `3,000,000`, `3 million` and `300 万` are one. */
const digitsIn = (text: string) =>
  [
    ...withoutCode(text)
      .replace(/(?<=\d),(?=\d{3})/g, '')
      .matchAll(/([A-Za-z]?)(\d+(?:\.\d+)*)(?: ?(million|万|亿))?/g),
  ].map(([, letter, digits, unit]) =>
    unit === undefined ? `${letter}${digits}` : String(Number(digits) * (UNITS[unit] ?? 1)),
  );
/** Where links of a page in `directory` lead, as paths below `docs`, in whichever language. */
const linksIn = (text: string, directory: string) =>
  [...text.matchAll(/\]\(([^)#]*)[^)]*\)/g)]
    .filter(([, target]) => target !== '')
    .map(([, target = '']) =>
      new URL(target, new URL(directory, 'docs:///docs/')).href
        .replace('docs:///docs/zh/', 'docs:///docs/')
        .replace('.zh-CN.md', '.md'),
    );

const sorted = (values: Iterable<string>) => [...new Set(values)].sort();

/** An example without its remarks, which are in the language of the page. */
const withoutRemarks = (example: string) => example.replace(/\s+# .*$/gm, '');

/** What a text of either page says in any language. What is a word in English may be digits in Chinese, so other numbers may be there. */
function compared(english: string, chinese: string, kind: string, directory: string) {
  if (kind === 'example') return { english: withoutRemarks(english), chinese: withoutRemarks(chinese) };
  // A cell with only codes, such as the names of two settings or their defaults, has them in their order.
  const inOrder = /^(`[^`]+`[,;、 ]*)+$/.test(english);
  const inDigits = digitsIn(english);
  const facts = (text: string, numbers: string[], from: string) => ({
    codes: inOrder ? codeIn(text) : sorted(codeIn(text)),
    numbers: sorted(numbers),
    links: sorted(linksIn(text, from)),
    isEmpty: text === '' || text === '–',
  });
  return {
    english: facts(english, inDigits, directory),
    chinese: facts(
      chinese,
      digitsIn(chinese).filter((number) => inDigits.includes(number)),
      `zh/${directory}`,
    ),
  };
}

/** As GitHub makes the anchor of a heading. */
const anchorOf = (heading: string) =>
  heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

/** What is about Chinese standards. */
const ONLY_CHINESE = ['guomi.md'];

test('the pages for integrators and operators are in Chinese too, and nothing else', () => {
  expect(pagesIn(new URL('zh/', docs)).sort()).toEqual([...PAGES, ...ONLY_CHINESE].sort());
});

test('both READMEs give the same commands, and lead to the same documents', () => {
  const [english, chinese] = ['../README.md', '../README.zh-CN.md'].map(read);
  const commandsIn = (text = '') => [...text.matchAll(/^```sh\n[^`]*/gm)].map(([example]) => withoutRemarks(example));
  expect(commandsIn(chinese)).toEqual(commandsIn(english));
  const isOfBoth = (link: string) => !ONLY_CHINESE.some((page) => link.endsWith(page));
  const documentsIn = (text = '') =>
    sorted(linksIn(text, '../').filter((link) => /[/]docs[/].*[.]md$/.test(link) && isOfBoth(link)));
  expect(documentsIn(chinese)).toEqual(documentsIn(english));
});

describe.each(PAGES)('docs/zh/%s', (page) => {
  const directory = page.includes('/') ? page.slice(0, page.lastIndexOf('/') + 1) : '';
  const up = '../'.repeat(directory.split('/').length);
  const english = read(page);
  const chinese = read(`zh/${page}`);

  test('and the English page lead to each other at their tops', () => {
    expect(english.split('\n')[2]).toBe(`[中文](${'../'.repeat(directory.split('/').length - 1)}zh/${page})`);
    expect(chinese.split('\n')[2]).toBe(`[English](${up}${page})`);
  });

  test('holds what the English page holds: headings, rows, settings, defaults, codes, commands, numbers, links', () => {
    const [ours, theirs] = [blocksOf(english).slice(2), blocksOf(chinese).slice(2)];
    for (const [index, block] of ours.entries()) {
      const translated = theirs[index] ?? { kind: 'nothing', cells: [], line: 0 };
      const facts = block.cells.map((cell, column) =>
        compared(cell, translated.cells[column] ?? '', block.kind, directory),
      );
      expect(
        { kind: translated.kind, cells: translated.cells.length, facts: facts.map(({ chinese }) => chinese) },
        `docs/zh/${page}:${translated.line} differs from docs/${page}:${block.line}`,
      ).toEqual({ kind: block.kind, cells: block.cells.length, facts: facts.map(({ english }) => english) });
    }
    expect(theirs.length).toBe(ours.length);
  });

  test('leads to headings that exist', () => {
    for (const [, target = '', anchor = ''] of chinese.matchAll(/\]\(([^)#]*)#([^)]+)\)/g)) {
      const text = target === '' ? chinese : readFileSync(new URL(target, new URL(`zh/${page}`, docs)), 'utf8');
      expect(
        text
          .split('\n')
          .filter((line) => line.startsWith('#'))
          .map(anchorOf),
        `${target}#${anchor}`,
      ).toContain(anchor);
    }
    for (const [, target = ''] of chinese.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      expect(existsSync(new URL(target, new URL(`zh/${page}`, docs))), target).toBe(true);
    }
  });
});
