// @module-tag process
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runProgram } from './testing/program.ts';

const HOOK = import.meta.resolve('./testing/list-modules.ts');

/** The packages, ours and others', of which a command loads something, and the files of apps that it loads, as `apps/…`. */
async function loadedBy(role: Parameters<typeof runProgram>[0], args: readonly string[]): Promise<readonly string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'modules-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const list = join(directory, 'modules');
  const node = { NODE_OPTIONS: `--import ${HOOK}`, MODULES_TO: list };
  const { code } = await runProgram(role, args, {
    env: { ...node, DATA_DIR: join(directory, 'data'), LOG_LEVEL: 'silent' },
  });
  expect(code).toBe(0);
  const urls = (await readFile(list, 'utf8')).split('\n');
  const partOf = /.*\/(?:node_modules|packages)\/((?:@[^/]+\/)?[^/]+)\/|.*\/(apps\/[^/]+\/src\/.+)$/;
  const parts = urls.map((url) => {
    const [, ofPackage, ofApp] = partOf.exec(url) ?? [];
    return ofPackage ?? ofApp ?? '';
  });
  return [...new Set(parts)].filter((part) => part !== '');
}

/** Ours that say which commands there are, and what reads a command line. */
const NAMES = ['check-records', 'commander', 'exchange', 'key-cache', 'operators', 'runtime'];

/** What an app itself has for its help: its start, its commands by name, its settings. */
const OF_PROGRAM = ['main.ts', 'cli.ts', 'config.ts'];

const READING = [
  ['operator', 'list'],
  ['records', 'count'],
  ['report', 'day'],
  ['retention', 'show'],
];

/** What serves: routes, pages, metrics, threads for many callers, files for spreadsheets, passkeys. */
const OF_SERVICES = [
  ...['web-kit', 'fastify', '@fastify/helmet', 'eta', 'prom-client', 'rate-limiter-flexible'],
  ...['piscina', 'hucre', 'csv-stringify', 'qrcode', '@simplewebauthn/server', 'node-forge'],
];

describe.each(['national-platform', 'third-party-platform', 'terminal-agent'] as const)('of %s', (role) => {
  test('the help loads the names of the commands alone', async () => {
    const loaded = await loadedBy(role, ['--help']);
    expect(loaded).toContain('commander');
    const own = OF_PROGRAM.map((file) => `apps/${role}/src/${file}`);
    expect(loaded.filter((part) => !NAMES.includes(part) && !own.includes(part))).toEqual([]);
  });

  test.each(READING)('%s %s, which reads the store, loads nothing that serves', async (...command) => {
    const loaded = await loadedBy(role, command);
    expect(loaded).toContain('kysely');
    expect(OF_SERVICES.filter((name) => loaded.includes(name))).toEqual([]);
  });
});
