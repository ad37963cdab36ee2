import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROLES, type Role } from '@ticket-check/dev-network';
import { freePort } from '@ticket-check/runtime/testing';
import { afterAll, describe, expect, test } from 'vitest';
import { runHere } from './testing/commands.ts';
import { type Ended, runProgram } from './testing/program.ts';
import { run } from './testing/run.ts';

const directory = mkdtempSync(join(tmpdir(), 'ticket-check-e2e-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** One sentence for the operator and nothing else: no stack, no result, no secret. */
function expectOneSentence({ code, stdout, stderr }: Ended, about: RegExp): void {
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(about);
  expect(stderr).toMatch(/^[A-Z"][^\n]+\.\n$/);
  expect(stderr).not.toMatch(/this is a bug|at file:|node:internal|PRIVATE KEY/);
}

/** Each test has folders of its own. */
const CONCURRENTLY = { concurrent: true, timeout: 60_000 };

/**
 * Of each kind of failure one is that of a process, as an operator meets it: of the service that is named, so that each has two. All
 * others are of the same program in this process.
 */
const AS_A_PROCESS = {
  'another key': 'national-platform',
  'a port in use': 'third-party-platform',
  'a key of another certificate': 'terminal-agent',
  'a wrong setting': 'national-platform',
  'no command': 'third-party-platform',
  help: 'terminal-agent',
} as const satisfies Record<string, Role>;

let folders = 0;
const freshFolder = () => join(directory, `data-${folders++}`);

describe.each(ROLES)('the %s', CONCURRENTLY, (role: Role) => {
  const start = async (env: NodeJS.ProcessEnv, run: typeof runHere = runHere) =>
    run(role, ['serve'], { env: { DATA_DIR: freshFolder(), PORT: '0', ...env } });
  const asFor = (kind: keyof typeof AS_A_PROCESS) => (AS_A_PROCESS[kind] === role ? runProgram : runHere);

  test('does not start with another database key, nor with a damaged one', async () => {
    const DATA_DIR = freshFolder();
    const command = role === 'terminal-agent' ? ['scans', 'list'] : ['account', 'list'];
    expect(await runHere(role, command, { env: { DATA_DIR } })).toMatchObject({ code: 0, stdout: '' });
    const otherKey = file(`${role}.key`, 'ab'.repeat(32));
    expectOneSentence(await start({ DATA_DIR, DATABASE_KEY_FILE: otherKey }, asFor('another key')), /key/);
    const damagedKey = file(`${role}-damaged.key`, 'secret');
    expectOneSentence(await start({ DATA_DIR, DATABASE_KEY_FILE: damagedKey }), /64 hex digits/);
    expect(await runHere(role, command, { env: { DATA_DIR } })).toMatchObject({ code: 0 });
  });

  test('does not start on a port that is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const PORT = String((other.address() as AddressInfo).port);
    expectOneSentence(
      await start({ PORT, CONSOLE_PORT: '0' }, asFor('a port in use')),
      new RegExp(`127\\.0\\.0\\.1 port ${PORT}.+listens`),
    );
    await new Promise((resolve) => other.close(resolve));
  });

  test('does not start with a certificate that cannot be read or used', async () => {
    const missing = join(directory, 'missing.pem');
    const [garbage, key, cert, otherKey] = [file(`${role}-garbage.pem`, 'no certificate'), ...certificate(role)];
    const tls = (TLS_CERT_FILE: string, TLS_KEY_FILE: string, run = runHere) =>
      start({ TLS_CERT_FILE, TLS_KEY_FILE }, run);
    expectOneSentence(await tls(missing, missing), /missing\.pem/);
    expectOneSentence(await tls(garbage, key), /certificate/);
    expectOneSentence(await tls(cert, garbage), /key/);
    expectOneSentence(await tls(cert, otherKey, asFor('a key of another certificate')), /key/);
    expectOneSentence(await start({ TLS_CERT_FILE: cert }), /TLS_CERT_FILE.+TLS_KEY_FILE/);
  });

  test('does not start with PORT=https', async () => {
    expectOneSentence(await start({ PORT: 'https' }, asFor('a wrong setting')), /PORT/);
  });

  test.each([
    ['LOG_LEVEL', 'loud'],
    ['DATABASE_URL', 'mysql://root:hidden@localhost/x'],
    ...{
      'national-platform': [['CLOCK_WINDOW_SECONDS', '-5']],
      'third-party-platform': [['KEY_SYNC_MINUTES', '31']],
      'terminal-agent': [
        ['OFFLINE_POLICY', 'maybe'],
        ['SCREEN_CODES', '7'],
        ['DATABASE_URL', 'postgres://user:hidden@localhost/x'],
      ],
    }[role],
  ])('does not start with %s=%s', async (name = '', value) => {
    const ended = await start({ [name]: value });
    expectOneSentence(ended, new RegExp(name));
    expect(ended.stderr).not.toContain('hidden');
  });

  test('does not start where its data directory cannot be', async () => {
    expectOneSentence(await start({ DATA_DIR: file(`${role}-a-file`, '') }), /a-file/);
  });

  async function expectUsage(args: string[], run = runHere): Promise<void> {
    const { code, stdout, stderr } = await run(role, args, { env: { DATA_DIR: freshFolder() } });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/error: |Usage: /);
  }

  test('exits with 2 and says how it is used without a command', () => expectUsage([], asFor('no command')));

  test.each([
    [['fly']],
    [['serve', 'now']],
    [['serve', '--fast']],
    ...{
      'national-platform': [
        [['import', 'tickets']],
        [['import', 'posters', '-']],
        [['account', 'add', 'a', '--out', '-']],
      ],
      'third-party-platform': [[['cinema', 'add']], [['upstream', 'set']], [['account', 'revoke']]],
      'terminal-agent': [[['check']], [['upstream', 'set', '--url', 'https://x']], [['scans', 'list', '--last', '0']]],
    }[role],
  ])('exits with 2 and says how it is used on %j', (args) => expectUsage(args));

  async function expectHelp(args: string[], run = runHere): Promise<void> {
    const { code, stdout, stderr } = await run(role, [...args, '--help']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(['Usage:', role, ...args].join(' '));
  }

  test('explains itself with --help', () => expectHelp([], asFor('help')));

  test.each([
    ...{
      'national-platform': [[['import']], [['account', 'add']]],
      'third-party-platform': [[['upstream', 'set']], [['account', 'add']]],
      'terminal-agent': [[['upstream', 'set']], [['check']]],
    }[role],
  ])('explains %j with --help', (args) => expectHelp(args));
});

describe.each(['third-party-platform', 'terminal-agent'] as const)('`upstream set` of the %s', CONCURRENTLY, (role) => {
  const env = { DATA_DIR: freshFolder() };
  const privateKey = pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey);
  const bundle = { Url: 'https://127.0.0.1:9/', Username: 'u', PrivateKey: privateKey, CinemaCodes: ['31012801'] };
  const set = (...args: string[]) => runHere(role, ['upstream', 'set', ...args], { env });

  test('refuses a bundle on standard input that is cut short', async () => {
    const input = JSON.stringify(bundle).slice(0, 200);
    expectOneSentence(await runProgram(role, ['upstream', 'set', '-'], { env, input }), /not JSON/);
  });

  test.each<[string, object | string, RegExp]>([
    ['is not JSON', '{"Url":', /not JSON/],
    ['is a list', [], /object/],
    ['lacks the key', { ...bundle, PrivateKey: undefined }, /PrivateKey/],
    ['lacks the address', { ...bundle, Url: undefined }, /Url/],
    ['has an address without TLS', { ...bundle, Url: 'http://127.0.0.1:9/' }, /https/],
    ['has a damaged key', { ...bundle, PrivateKey: privateKey.replace(/\n.{20}/, '\n') }, /private key/],
    ['has a key that is not RSA', { ...bundle, PrivateKey: pem(generateKeyPairSync('ed25519').privateKey) }, /RSA/],
    ['has a CA that is none', { ...bundle, CaCertificate: 'none' }, /certificate/],
    ['has a cinema code that is none', { ...bundle, CinemaCodes: ['1'] }, /CinemaCodes/],
  ])('refuses a bundle that %s', async (name, content, about) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    expectOneSentence(await set(file(`${role} ${name}.json`, text)), about);
  });

  test('refuses files that are not there or hold something else, and has changed nothing', async () => {
    const [good, garbage, missing] = [file('good.pem', privateKey), file('bad.pem', 'x'), join(directory, 'none')];
    const options = (key: string, ...more: string[]) => ['--url', bundle.Url, '--username', 'u', '--key', key, ...more];
    expectOneSentence(await set(missing), /none/);
    expectOneSentence(await set(...options(missing)), /none/);
    expectOneSentence(await set(...options(garbage)), /private key/);
    expectOneSentence(await set(...options(good, '--ca', garbage)), /certificate/);
    expectOneSentence(await set(...options(good, '--cinemas', '310128')), /310128/);
    expect(await set(...options(good, '--payload-form', 'sha256'))).toMatchObject({ code: 2, stdout: '' });
    const shown = await runHere(role, ['upstream', 'show'], { env });
    expect(shown).toEqual({ code: 0, stdout: 'null\n', stderr: '' });
  });
});

test.each(['national-platform', 'third-party-platform'] as const)(
  'the %s does not start without its PostgreSQL server, and does not tell the password',
  async (role) => {
    const DATABASE_URL = `postgres://user:hidden@127.0.0.1:${await freePort()}/x`;
    const ended = await runProgram(role, ['serve'], { env: { DATA_DIR: freshFolder(), PORT: '0', DATABASE_URL } });
    expectOneSentence(ended, /database|PostgreSQL/i);
    expect(ended.stderr).not.toContain('hidden');
  },
);

test('`check` says that no agent runs', async () => {
  const env = { DATA_DIR: freshFolder(), PORT: String(await freePort()) };
  expectOneSentence(await runHere('terminal-agent', ['check', 'x'], { env }), /agent/);
});

function pem(key: ReturnType<typeof generateKeyPairSync>['privateKey']): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A key, its certificate and another key, made elsewhere. */
function certificate(name: string): [key: string, cert: string, otherKey: string] {
  const [key, cert] = [join(directory, `${name}.key`), join(directory, `${name}.crt`)];
  const subject = ['-subj', '/CN=e2e', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject]);
  const other = pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
  return [key, cert, file(`${name}-other.key`, other)];
}
