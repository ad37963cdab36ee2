import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { allIn, isThere, read, root } from './testing/texts.ts';

const pagesIn = (directory: string) =>
  readdirSync(new URL(directory, root), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.md'));

/** What developers read, only in English, and the terms, whose one table has both languages. */
const hasNoTwin = (path: string) =>
  ['clauses.md', 'readings.md', 'terms.md'].includes(path) || path.startsWith('decisions/');

/** The pages in both languages: `docs/zh/<page>` translates `docs/<page>`, paragraph by paragraph. */
const PAGES = pagesIn('docs/')
  .filter((path) => !path.startsWith('zh/') && !hasNoTwin(path))
  .sort();

/** A line that says something: a heading, a paragraph, an item of a list, a row of a table, a line of an example. */
type Line = { readonly kind: string; readonly cells: string[]; readonly number: number };

/** The lines of a page. Each paragraph and each item has one. */
function linesOf(page: string): Line[] {
  let isInExample = false;
  return page.split('\n').flatMap((text, index) => {
    if (text.trim() === '') return [];
    const isFence = text.trimStart().startsWith('```');
    const isExample = isInExample || isFence;
    if (isFence) isInExample = !isInExample;
    const [, mark = 'paragraph'] = /^\s*(#+|-|\d+\.) /.exec(text) ?? [];
    if (isExample || !text.startsWith('|'))
      return [{ kind: isExample ? 'example' : mark, cells: [text], number: index + 1 }];
    return [{ kind: 'row', cells: cellsOf(text), number: index + 1 }];
  });
}

/** The cells of a row of a table. A bar between backticks divides nothing. */
const cellsOf = (row: string) =>
  row
    .slice(1, -1)
    .split(/(?<!\\)\|(?=(?:[^`]*`[^`]*`)*[^`]*$)/)
    .map((cell) => cell.trim());

/** Settings, codes, commands, elements: what stands between backticks, without what a placeholder is called. */
const codeIn = (text: string) => allIn(text, /`([^`]+)`/g).map((code) => code.replace(/<[^>]*>/g, '<>'));
const withoutCode = (text: string) => text.replace(/`[^`]+`/g, ' ').replace(/\]\([^)]*\)/g, ']');

const UNITS: Readonly<Record<string, number>> = { million: 1e6, 万: 1e4, 亿: 1e8 };
const NUMBERS = /([A-Za-z]?)(\d+(?:\.\d+)*)(?: ?(million|万|亿))?/g;

/** The numbers of a text in digits, clauses and readings (`5.1.5`, `R8`) among them; `3,000,000`, `3 million` and `300 万` are one. */
function digitsIn(text: string): string[] {
  const plain = withoutCode(text).replace(/(?<=\d),(?=\d{3})/g, '');
  return [...plain.matchAll(NUMBERS)].map(([, letter, digits, unit]) =>
    unit === undefined ? `${letter}${digits}` : String(Number(digits) * (UNITS[unit] ?? 1)),
  );
}

/** Where links of a page in `directory` lead, as paths below `docs`, in whichever language. */
const linksIn = (text: string, directory: string) =>
  allIn(text, /\]\(([^)#]+)[^)]*\)/g).map((target) =>
    new URL(target, new URL(directory, 'docs:///docs/')).href
      .replace('docs:///docs/zh/', 'docs:///docs/')
      .replace('.zh-CN.md', '.md'),
  );

const sorted = (values: Iterable<string>) => [...new Set(values)].sort();

/** An example without its remarks, which are in the language of the page. */
const withoutRemarks = (example: string) => example.replace(/(?:^|\s+)# .*$/gm, '');

/** What a text of either page says in any language. What is a word in English may be digits in Chinese, so other numbers may be there. */
function compared(english: string, chinese: string, kind: string, directory: string) {
  if (kind === 'example') return [english, chinese].map(withoutRemarks);
  // A cell with only codes, such as the names of two settings or their defaults, has them in their order.
  const inOrder = /^(`[^`]+`[,;、 ]*)+$/.test(english);
  const inDigits = digitsIn(english);
  const facts = (text: string, from: string) => ({
    codes: inOrder ? codeIn(text) : sorted(codeIn(text)),
    numbers: sorted(digitsIn(text).filter((number) => inDigits.includes(number))),
    links: sorted(linksIn(text, from)),
    isEmpty: text === '' || text === '–',
  });
  return [facts(english, directory), facts(chinese, `zh/${directory}`)];
}

/** As GitHub makes the anchor of a heading, of a link in it by its words. */
const anchorOf = (heading: string) =>
  heading
    .replace(/^#+ /, '')
    .replace(/\]\([^)]*\)/g, ']')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');

/** What quotes the scheme, and what is about Chinese standards. */
const ONLY_CHINESE = ['guomi.md', 'scheme.md'];

test('the pages for integrators and operators are in Chinese too, and nothing else', () => {
  expect(pagesIn('docs/zh/').sort()).toEqual([...PAGES, ...ONLY_CHINESE].sort());
});

test('both READMEs give the same commands, and lead to the same documents', () => {
  const isOfBoth = (link: string) => !ONLY_CHINESE.some((page) => link.endsWith(page));
  const [english, chinese] = ['README.md', 'README.zh-CN.md'].map(read).map((text) => ({
    commands: allIn(text, /(^```sh\n[^`]*)/gm).map(withoutRemarks),
    documents: sorted(linksIn(text, '../').filter((link) => /[/]docs[/].*[.]md$/.test(link) && isOfBoth(link))),
  }));
  expect(chinese).toEqual(english);
});

describe.each(PAGES)('docs/zh/%s', (page) => {
  const directory = page.slice(0, page.lastIndexOf('/') + 1);
  const up = '../'.repeat(directory.split('/').length);
  const [english, chinese] = [read(`docs/${page}`), read(`docs/zh/${page}`)];

  test('and the English page lead to each other at their tops', () => {
    expect(english.split('\n')[2]).toBe(`[中文](${up.slice(3)}zh/${page})`);
    expect(chinese.split('\n')[2]).toBe(`[English](${up}${page})`);
  });

  test('holds what the English page holds: headings, rows, settings, defaults, codes, commands, numbers, links', () => {
    const [ours, theirs] = [linesOf(english).slice(2), linesOf(chinese).slice(2)];
    for (const [index, { kind, cells, number }] of ours.entries()) {
      const translated = theirs[index] ?? { kind: 'nothing', cells: [], number: 0 };
      const facts = cells.map((cell, column) => compared(cell, translated.cells[column] ?? '', kind, directory));
      expect(
        { kind: translated.kind, cells: translated.cells.length, facts: facts.map(([, theirs]) => theirs) },
        `docs/zh/${page}:${translated.number} differs from docs/${page}:${number}`,
      ).toEqual({ kind, cells: cells.length, facts: facts.map(([ours]) => ours) });
    }
    expect(theirs.length).toBe(ours.length);
  });

  test.each([`docs/zh/${page}`, `docs/${page}`])('%s leads to headings and pages that exist', (path) => {
    const place = new URL(path, root);
    for (const [, target = '', anchor] of read(path).matchAll(/\]\(([^)#:]*)(?:#([^)]+))?\)/g)) {
      const linked = new URL(target || place, place).href.slice(root.href.length);
      expect(isThere(linked), target).toBe(true);
      if (anchor === undefined) continue;
      const headings = allIn(read(linked), /^(#.*)$/gm).map(anchorOf);
      expect(headings, `${target}#${anchor}`).toContain(anchor);
    }
  });
});
