import { globSync, readdirSync, statSync } from 'node:fs';
import { VERDICTS } from '@ticket-check/protocol';
import { describe, expect, test } from 'vitest';
import { CONTRACT, fileText } from './contract.ts';
import { allIn, isThere, read, root } from './testing/texts.ts';

const codesIn = (text: string) => allIn(text, /`([^`]+)`/g);
/** The cells of those rows of a page's tables that a pattern picks. */
const rowsOf = (text: string, pattern: RegExp) =>
  text
    .split('\n')
    .filter((line) => pattern.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()));

/** The path from the root that a link of a page leads to. */
const pathOf = (target: string, page: string) => new URL(target, new URL(page, root)).href.slice(root.href.length);

function expectFiles(files: readonly string[], what: string): void {
  for (const file of files) expect(isThere(file), `${what}: ${file}`).toBe(true);
}

/** How many sub-clauses each clause of chapters 5 to 7 of the scheme has; they are numbered from 1. */
const INTERFACE = {
  ...{ '': 6, '.4': 2, '.5': 3, '.5.2': 6, '.5.3': 3, '.6': 3 },
  ...{ '.6.1': 5, '.6.1.2': 1, '.6.1.4': 1, '.6.1.4.1': 2 },
  ...{ '.6.2': 5, '.6.2.2': 2, '.6.2.2.2': 14, '.6.2.4': 1 },
  ...{ '.6.3': 5, '.6.3.2': 3, '.6.3.4': 18 },
};
const SUB_CLAUSES: [clause: string, count: number][] = [
  ...Object.entries({ '5': 3, '5.1': 5, '5.2': 9, '5.3': 2, '5.3.1': 4, '5.3.2': 4 }),
  ...['6', '7'].flatMap((chapter) =>
    Object.entries(INTERFACE).map(([below, count]): [string, number] => [chapter + below, count]),
  ),
];
const CLAUSES = [
  ...['5', '6', '7'],
  ...SUB_CLAUSES.flatMap(([clause, count]) => Array.from({ length: count }, (_, index) => `${clause}.${index + 1}`)),
];

describe('docs/clauses.md', () => {
  const [ofScheme = '', beyond = ''] = read('docs/clauses.md').split('\n## Beyond the clauses\n');
  const ROW = /^\| (?!Clause|What)/;
  const rows = rowsOf(ofScheme, ROW);

  test('names every clause of chapters 5, 6 and 7 once, with its title', () => {
    // Clauses that the same modules do, and the same tests show, are lines of one cell.
    const named = rows.flatMap(([, clauses = '']) => clauses.split('<br>'));
    expect(named.filter((clause) => !/^[\d.]+ \S/.test(clause))).toEqual([]);
    expect(named.map((clause) => clause.split(' ')[0]).sort()).toEqual([...CLAUSES].sort());
  });

  test('names for each clause modules and tests that exist', () => {
    for (const [, clause = '', ...cells] of rows) {
      for (const cell of cells.slice(0, 2)) {
        expect(codesIn(cell).length > 0 || cell === '–', `${clause}: ${cell}`).toBe(true);
        expectFiles(codesIn(cell), clause);
      }
    }
  });

  test('names for what goes beyond them the clauses that it serves, and modules and tests that exist', () => {
    const further = rowsOf(beyond, ROW);
    expect(further.length).toBeGreaterThan(10);
    for (const [, what = '', clauses = '', modules = '', tests = ''] of further) {
      expect(CLAUSES, what).toEqual(expect.arrayContaining(clauses.split(', ')));
      for (const files of [codesIn(modules), codesIn(tests)]) {
        expect(files.length, what).toBeGreaterThan(0);
        expectFiles(files, what);
      }
      expect(codesIn(tests), what).toEqual(codesIn(tests).map(() => expect.stringMatching(/\.test\.ts$/)));
    }
  });
});

describe('docs/integrate.md and docs/protocol.md', () => {
  test.each([
    ['docs/integrate.md', 'en'],
    ['docs/zh/integrate.md', 'zh'],
  ] as const)('%s says of each error code what the contract says', (page, language) => {
    const rows = rowsOf(read(page), /^\| `[A-Z0-9_]+`.* \| .+ \| .+ \| .+ \|$/);
    const said = rows.flatMap(([, codes = '', , , todo]) => codesIn(codes).map((code) => [code, todo]));
    const expected = CONTRACT['error-codes.json'].map((row) => [row.code, row.do?.[language]]);
    expect(said.toSorted()).toEqual(expected.toSorted());
  });

  test('say in docs/contract what requests are read with', () => {
    for (const [name, content] of Object.entries(CONTRACT)) {
      expect(read(`docs/contract/${name}`), `node e2e/contract.ts writes ${name}`).toBe(fileText(content));
    }
  });

  test('name the elements of the schemas', () => {
    const { ReportOriginalCheckTickets: report, GetTicketInfo: info } = CONTRACT['signed-apis.json'];
    const record = report?.QueryData.properties?.CheckTickets as { items: { properties: object } };
    const rows = allIn(read('docs/integrate.md'), /^\| (?:A record in `CheckTickets`|A ticket) \| (.+) \|$/gm);
    expect(rows.map((elements) => elements.replaceAll('`', '').split(', '))).toEqual([
      Object.keys(record.items.properties),
      Object.keys(info?.ReplyData?.properties ?? {}),
    ]);
  });

  test('name every verdict for plain peers', () => {
    const text = read('docs/protocol.md');
    for (const verdict of Object.keys(VERDICTS)) expect(text).toContain(`\`${verdict}\``);
  });
});

describe.each([
  ['docs/handbook/usher.md', 'en', 3800],
  ['docs/zh/handbook/usher.md', 'zh', 1650],
] as const)('%s', (path, language, printedPage) => {
  // It is printed for the gate: so many characters, with its table and two low pictures, fill a side of A4 at 8.5 points.
  test('is one printed page', () => {
    expect(read(path).length).toBeLessThan(printedPage);
    expect(read(path).match(/^!\[/gm)).toHaveLength(2);
  });

  test('says what to do about every verdict, in the words that the terminal says it in', () => {
    // An unreadable scan is reported by its fault (apps/terminal-agent/src/scanner/reading/scan-text.ts).
    const { UNREADABLE, ...told } = VERDICTS;
    for (const words of Object.values(told)) expect(read(path)).toContain(`| ${words[language]}`);
  });
});

describe.each(['docs/handbook', 'docs/zh/handbook'])('%s', (directory) => {
  const pages = readdirSync(new URL(directory, root)).map((page) => read(`${directory}/${page}`));
  const sources = globSync('{apps,packages}/*/{src,console}/**/*.{ts,tsx}', { cwd: root });
  const texts = sources.filter((path) => !path.includes('.test.')).map(read);
  const written = texts.join('\n');

  test('has pictures on every page', () => {
    expect(pages.filter((page) => !/^!\[/m.test(page))).toEqual([]);
  });

  test('names pages, buttons and headings that exist', () => {
    const headings = globSync('docs/**/*.md', { cwd: root }).flatMap((path) => read(path).match(/^#+ .*$/gm) ?? []);
    for (const name of pages.flatMap((page) => allIn(page, /(?<!\*)\*([^*\n]+)\*(?!\*)/g))) {
      const isHeading = headings.some((heading) => heading.endsWith(` ${name}`));
      expect(isHeading || written.includes(name.replace(/ …$/, '')), name).toBe(true);
    }
  });

  test('names commands that exist', () => {
    // Those of declared operations too.
    const patterns = /(?:\.command\(['`]|command: '| name: '[a-z-]+ |stoppedCommand\([^']+')([a-z-]+)/g;
    const commands = new Set(allIn(written, patterns));
    // Operations without a command have audit names of their own.
    const named = pages
      .flatMap((page) => allIn(page, /`([a-z][a-z-]* [a-z][a-z-]*)[^`/]*`/g))
      .filter((words) => !words.startsWith('node ') && words !== 'login failed');
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((words) => !words.split(' ').every((word) => commands.has(word)))).toEqual([]);
  });
});

test.each([
  ['docs/pictures', ['README.md', ...globSync(['docs/*.md', 'docs/handbook/*.md'], { cwd: root })]],
  ['docs/zh/pictures', ['README.zh-CN.md', ...globSync('docs/zh/**/*.md', { cwd: root })]],
])('%s has each picture of its documents, and none besides, small enough for a clone', (directory, documents) => {
  const shown = documents.flatMap((path) =>
    allIn(read(path), /!\[[^\]]+\]\(([^)]+)\)/g).map((target) => pathOf(target, path)),
  );
  const present = readdirSync(new URL(directory, root)).map((name) => `${directory}/${name}`);
  expect([...new Set(shown)].sort()).toEqual(present.sort());
  expect(present.filter((path) => statSync(new URL(path, root)).size >= 60_000)).toEqual([]);
});

test('what is installed for good is installed by one exact version of pnpm', () => {
  // `packageManager` would say it once, but with it the second run of pnpm 12.21 looks for a package that no registry has.
  const places = ['Dockerfile', 'docs/at-the-door.md', 'docs/zh/at-the-door.md'];
  const versions = new Set(places.flatMap((path) => allIn(read(path), /pnpm@(\S+)/g)));
  expect([...versions]).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
});

test('SECURITY.md names for each threat a test that exists', () => {
  const rows = rowsOf(read('SECURITY.md'), /^\| .*\.test\.ts/);
  expect(rows.length).toBeGreaterThan(20);
  for (const [, threat = '', , tests = ''] of rows) expectFiles(codesIn(tests), threat);
});

describe('docs/configuration.md', () => {
  const rows = rowsOf(read('docs/configuration.md'), /\|/);
  const listed = rows.flatMap(([, names = '']) => allIn(names, /`([A-Z_]+)`/g));

  test.each([
    ...['national-platform', 'third-party-platform', 'terminal-agent'].map((app) => `apps/${app}/src/config.ts`),
    'packages/runtime/src/settings.ts',
    'packages/check-records/src/forwarder/settings.ts',
    'packages/operators/src/people/role.ts',
  ])('lists every setting of %s', (path) => {
    const settings = allIn(read(path), /^ {2}([A-Z][A-Z_]+):/gm);
    expect(settings.length).toBeGreaterThan(0);
    expect(settings.filter((name) => !listed.includes(name))).toEqual([]);
  });
});

describe('what developers read', () => {
  const documents = ['ARCHITECTURE.md', 'CONTRIBUTING.md', ...globSync('docs/decisions/*.md', { cwd: root })];

  test('ARCHITECTURE.md names every app and package', () => {
    const present = globSync('{apps,packages}/*/package.json', { cwd: root }).map((path) => path.split('/')[1]);
    expect(allIn(read('ARCHITECTURE.md'), /^\| `([a-z-]+)` \|/gm).sort()).toEqual(present.sort());
  });

  test.each(documents)('%s names files and links to pages that exist', (document) => {
    const text = read(document);
    const linked = allIn(text, /\]\(([^)#:]+)(?:#[^)]*)?\)/g).map((target) => pathOf(target, document));
    expectFiles([...allIn(text, /`((?:apps|packages|docs|e2e|vectors)\/[^`\s<]+)`/g), ...linked], document);
  });
});
