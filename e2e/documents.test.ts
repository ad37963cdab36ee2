import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { VERDICTS } from '@ticket-check/protocol';
import { describe, expect, test } from 'vitest';
import { CONTRACT, fileText } from './contract.ts';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

/** How many sub-clauses each clause of chapters 5 to 7 of the scheme has; they are numbered from 1. */
const INTERFACE = (chapter: 6 | 7) => ({
  [`${chapter}`]: 6,
  [`${chapter}.4`]: 2,
  [`${chapter}.5`]: 3,
  [`${chapter}.5.2`]: 6,
  [`${chapter}.5.3`]: 3,
  [`${chapter}.6`]: 3,
  [`${chapter}.6.1`]: 5,
  [`${chapter}.6.1.2`]: 1,
  [`${chapter}.6.1.4`]: 1,
  [`${chapter}.6.1.4.1`]: 2,
  [`${chapter}.6.2`]: 5,
  [`${chapter}.6.2.2`]: 2,
  [`${chapter}.6.2.2.2`]: 14,
  [`${chapter}.6.2.4`]: 1,
  [`${chapter}.6.3`]: 5,
  [`${chapter}.6.3.2`]: 3,
  [`${chapter}.6.3.4`]: 18,
});
const SUB_CLAUSES: Record<string, number> = {
  '5': 3,
  '5.1': 5,
  '5.2': 9,
  '5.3': 2,
  '5.3.1': 4,
  '5.3.2': 4,
  ...INTERFACE(6),
  ...INTERFACE(7),
};
const CLAUSES = [
  '5',
  '6',
  '7',
  ...Object.entries(SUB_CLAUSES).flatMap(([clause, count]) =>
    Array.from({ length: count }, (_, index) => `${clause}.${index + 1}`),
  ),
];

describe('docs/clauses.md', () => {
  const [ofScheme = '', beyond = ''] = read('docs/clauses.md').split('\n## Beyond the clauses\n');
  const rowsOf = (text: string) =>
    text
      .split('\n')
      .filter((line) => /^\| (?!Clause|What)/.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim()));
  const filesIn = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, file]) => file ?? '');
  const rows = rowsOf(ofScheme);

  test('names every clause of chapters 5, 6 and 7 once, with its title', () => {
    // Clauses that the same modules do, and the same tests show, are lines of one cell.
    const named = rows.flatMap(([, clauses = '']) => clauses.split('<br>'));
    expect(named.filter((clause) => !/^[\d.]+ \S/.test(clause))).toEqual([]);
    expect(named.map((clause) => clause.split(' ')[0]).sort()).toEqual([...CLAUSES].sort());
  });

  test('names for each clause modules and tests that exist', () => {
    for (const [, clause, modules = '', tests = ''] of rows) {
      for (const cell of [modules, tests]) {
        const files = filesIn(cell);
        expect(files.length > 0 || cell === '–', `${clause}: ${cell}`).toBe(true);
        for (const file of files) expect(existsSync(new URL(file, root)), `${clause}: ${file}`).toBe(true);
      }
    }
  });

  test('names for what goes beyond them the clauses that it serves, and modules and tests that exist', () => {
    const further = rowsOf(beyond);
    expect(further.length).toBeGreaterThan(10);
    for (const [, what, clauses = '', modules = '', tests = ''] of further) {
      expect(CLAUSES, what).toEqual(expect.arrayContaining(clauses.split(', ')));
      for (const files of [filesIn(modules), filesIn(tests)]) {
        expect(files.length, what).toBeGreaterThan(0);
        for (const file of files) expect(existsSync(new URL(file, root)), `${what}: ${file}`).toBe(true);
      }
      expect(
        filesIn(tests).filter((file) => !file.endsWith('.test.ts')),
        what,
      ).toEqual([]);
    }
  });
});

describe('docs/integrate.md and docs/protocol.md', () => {
  test.each([
    ['docs/integrate.md', 'en', ', '],
    ['docs/zh/integrate.md', 'zh', '、'],
  ] as const)('%s says of each error code what the contract says', (page, language, comma) => {
    const rows = [...read(page).matchAll(/^\| (`[A-Z0-9_]+`.*) \| .+ \| .+ \| (.+) \|$/gm)];
    const said = rows.flatMap(([, codes = '', todo]) => codes.split(comma).map((code) => [code.slice(1, -1), todo]));
    expect(Object.fromEntries(said)).toEqual(
      Object.fromEntries(CONTRACT['error-codes.json'].map((row) => [row.code, row.do?.[language]])),
    );
    expect(said).toHaveLength(CONTRACT['error-codes.json'].length);
  });

  test('say in docs/contract what requests are read with', () => {
    for (const [name, content] of Object.entries(CONTRACT)) {
      expect(read(`docs/contract/${name}`), `node e2e/contract.ts writes ${name}`).toBe(fileText(content));
    }
  });

  test('name the elements of the schemas', () => {
    const { ReportOriginalCheckTickets: report, GetTicketInfo: info } = CONTRACT['signed-apis.json'];
    const record = report?.QueryData.properties?.CheckTickets as { items: { properties: object } };
    const rows = [...read('docs/integrate.md').matchAll(/^\| (A record in `CheckTickets`|A ticket) \| (.+) \|$/gm)];
    expect(rows.map(([, , elements = '']) => elements.replaceAll('`', '').split(', '))).toEqual([
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
    const text = read(path);
    // An unreadable scan is reported by its fault (apps/terminal-agent/src/scanner/reading/scan-text.ts).
    const { UNREADABLE, ...told } = VERDICTS;
    for (const words of Object.values(told)) expect(text).toContain(`| ${words[language]}`);
  });
});

describe.each(['docs/handbook', 'docs/zh/handbook'])('%s', (directory) => {
  const pages = readdirSync(new URL(directory, root)).map((page) => read(`${directory}/${page}`));
  const sources = ['apps', 'packages'].flatMap((folder) =>
    globSync(`${folder}/*/{src,console}/**/*.{ts,tsx}`, { cwd: root }).filter((path) => !path.includes('.test.')),
  );
  const written = sources.map(read).join('\n');

  test('has pictures on every page', () => {
    expect(pages.filter((page) => !/^!\[/m.test(page))).toEqual([]);
  });

  test('names pages, buttons and headings that exist', () => {
    const headings = globSync('docs/**/*.md', { cwd: root }).flatMap((path) => read(path).match(/^#+ .*$/gm) ?? []);
    for (const [, name = ''] of pages.flatMap((page) => [...page.matchAll(/(?<!\*)\*([^*\n]+)\*(?!\*)/g)])) {
      const isThere =
        written.includes(name.replace(/ …$/, '')) || headings.some((heading) => heading.endsWith(` ${name}`));
      expect(isThere, name).toBe(true);
    }
  });

  test('names commands that exist', () => {
    // Those of declared operations too.
    const found = [
      /\.command\(['`]([a-z-]+)/g,
      /command: '([a-z-]+)/g,
      / name: '[a-z-]+ ([a-z-]+)'/g,
      /stoppedCommand\([^']+'([a-z-]+)'/g,
    ].flatMap((pattern) => [...written.matchAll(pattern)]);
    const commands = new Set(found.map(([, name = '']) => name));
    const named = pages
      .flatMap((page) => [...page.matchAll(/`([a-z][a-z-]*) ([a-z][a-z-]*)[^`/]*`/g)])
      // Operations without a command have audit names of their own.
      .filter(([code]) => !code.startsWith('`node ') && code !== '`login failed`');
    expect(named.length).toBeGreaterThan(10);
    for (const [code, group = '', name = ''] of named) {
      expect([commands.has(group), commands.has(name)], code).toEqual([true, true]);
    }
  });
});

describe.each([
  [
    'English',
    'docs/pictures',
    ['README.md', ...globSync('docs/*.md', { cwd: root }), ...globSync('docs/handbook/*.md', { cwd: root })],
  ],
  ['Chinese', 'docs/zh/pictures', ['README.zh-CN.md', ...globSync('docs/zh/**/*.md', { cwd: root })]],
])('the pictures of the %s documents', (_, directory, documents) => {
  const shown = documents.flatMap((path) =>
    [...read(path).matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, target = '']) =>
      new URL(target, new URL(path, root)).href.replace(root.href, ''),
    ),
  );
  const present = readdirSync(new URL(directory, root)).map((name) => `${directory}/${name}`);

  test('exist, and each is shown', () => {
    expect([...new Set(shown)].sort()).toEqual(present.sort());
  });

  test('are small enough for a clone', () => {
    for (const path of present) expect(statSync(new URL(path, root)).size, path).toBeLessThan(60_000);
  });
});

test('what is installed for good is installed by one exact version of pnpm', () => {
  // `packageManager` would say it once, but with it the second run of pnpm 12.21 looks for a package that no registry has.
  const places = ['Dockerfile', 'docs/at-the-door.md', 'docs/zh/at-the-door.md'];
  const versions = places.flatMap((path) => [...read(path).matchAll(/pnpm@(\S+)/g)].map(([, version]) => version));
  expect([...new Set(versions)]).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
});

describe('SECURITY.md', () => {
  test('names for each threat a test that exists', () => {
    const rows = read('SECURITY.md')
      .split('\n')
      .filter((line) => line.startsWith('| ') && line.includes('.test.ts'))
      .map((line) => line.split('|').map((cell) => cell.trim()));
    expect(rows.length).toBeGreaterThan(20);
    for (const [, threat, , tests = ''] of rows) {
      for (const [, file = ''] of tests.matchAll(/`([^`]+)`/g)) {
        expect(existsSync(new URL(file, root)), `${threat}: ${file}`).toBe(true);
      }
    }
  });
});

describe('docs/configuration.md', () => {
  const listed = read('docs/configuration.md')
    .split('\n')
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name));

  test.each(['national-platform', 'third-party-platform', 'terminal-agent'])('lists every setting of the %s', (app) => {
    const settings = [...read(`apps/${app}/src/config.ts`).matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name);
    expect(settings.length).toBeGreaterThan(0);
    for (const name of settings) expect(listed).toContain(name);
  });

  test.each([
    ['all services', 'packages/runtime/src/settings.ts', 'DATA_DIR'],
    ['services that forward check records', 'packages/check-records/src/forwarder/settings.ts', 'RESEND_DAYS'],
    ['services that have operators', 'packages/operators/src/people/role.ts', 'SECOND_FACTOR_ROLES'],
  ])('lists every setting of %s', (_, path, known) => {
    const settings = [...read(path).matchAll(/^ {2}([A-Z][A-Z_]+):/gm)].map(([, name]) => name);
    expect(settings).toContain(known);
    for (const name of settings) expect(listed).toContain(name);
  });
});

describe('what developers read', () => {
  const documents = ['ARCHITECTURE.md', 'CONTRIBUTING.md', ...globSync('docs/decisions/*.md', { cwd: root })];

  test('ARCHITECTURE.md names every app and package', () => {
    const listed = [...read('ARCHITECTURE.md').matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name);
    const present = ['apps', 'packages'].flatMap((folder) =>
      globSync('*/package.json', { cwd: new URL(`${folder}/`, root) }),
    );
    expect(listed.sort()).toEqual(present.map((path) => path.split('/')[0]).sort());
  });

  test.each(documents)('%s names files and links to pages that exist', (document) => {
    const text = read(document);
    const named = [...text.matchAll(/`((?:apps|packages|docs|e2e|vectors)\/[^`\s<]+)`/g)].map(([, path = '']) => path);
    const linked = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, target = '']) =>
      new URL(target, new URL(document, root)).href.slice(root.href.length),
    );
    for (const path of [...named, ...linked]) expect(existsSync(new URL(path, root)), path).toBe(true);
  });
});
