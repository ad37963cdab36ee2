// @module-tag process
// @module-tag service
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { postRaw } from '@ticket-check/exchange/testing';
import { auditLogOf, recordEvent } from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { allowCommands, tamper, withStore } from './testing/console-browser.ts';
import { CINEMA } from './testing/test-cinema.ts';
import { createSite, ending, type TestSite } from './testing/test-platform.ts';

/** Has the program of docs/audit.md verify files, as an auditor does. */
async function verifyOutside(...files: string[]) {
  const program = fileURLToPath(new URL('../../../docs/verify-audit.mjs', import.meta.url));
  const child = spawn(process.execPath, [program, ...files]);
  const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { stdout, stderr, exitCode };
}

describeSqlite('the audit', ({ url }) => {
  async function setUp() {
    const site = await createSite(await url());
    await allowCommands(site);
    for (const [name, role] of [
      ['anna', 'administrator'],
      ['bert', 'usher'],
      ['carl', 'auditor'],
    ] as const) {
      await site.succeed('operator', 'add', name, '--role', role, '--all-cinemas');
    }
    await site.succeed('operator', 'disable', 'bert', '--yes');
    await site.succeed('cinema', 'add', CINEMA);
    // Gives each entry its place.
    await site.succeed('audit', 'checkpoint');
    return site;
  }
  async function writeTo(site: TestSite, name: string, printed: string): Promise<string> {
    await writeFile(join(site.directory, name), printed);
    return join(site.directory, name);
  }
  const linesOf = (text: string) => text.trimEnd().split('\n');

  it('prints what an outsider verifies with only its key: every line, and the proof of each', async () => {
    const site = await setUp();
    const lines = linesOf(await site.succeed('audit', 'list'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(
      ['operator add', 'operator add', 'operator add', 'operator disable', 'cinema add'].map((Name, Index) => ({
        Index,
        Name,
        Failed: false,
        From: expect.stringMatching(/./),
      })),
    );
    const write = (name: string, printed: string) => writeTo(site, name, printed);
    const print = async (name: string, ...args: string[]) => write(name, await site.succeed('audit', ...args));
    const [key, list] = [await print('key.txt', 'key'), await print('list.txt', 'list')];
    const signed = await Promise.all([
      print('checkpoint.txt', 'checkpoint'),
      ...lines.map((_, index) => print(`${index}.tlog-proof`, 'prove', String(index))),
    ]);
    const verified = await verifyOutside(key, list, ...signed);
    expect(verified).toMatchObject({ exitCode: 0, stderr: '' });
    expect(linesOf(verified.stdout).map((line) => line.replace(/^.*: verified: /, ''))).toEqual([
      'the first 5 entries are as they were signed',
      ...lines.map((_, index) => `entry ${index} of 5 is as it was signed`),
    ]);
    const edited = await write('edited.txt', lines.join('\n').replace('operator disable', 'operator enable'));
    const doubted = await verifyOutside(key, edited, ...signed);
    expect(doubted.exitCode).toBe(1);
    expect(doubted.stderr).toMatch(/first 5 entries of the list are not those.*\n.*3 of the list is not the one.*\n$/);
    const doubled = await write('doubled.txt', [lines[3]!.replace('disable', 'enable'), ...lines].join('\n'));
    expect(await verifyOutside(key, doubled, signed[0])).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringContaining('Entry 3 is in the list twice.'),
    });
    const longer = [
      ...lines,
      lines[4]!.replace('"Index":4', '"Index":5'),
      lines[4]!.replace('"Index":4', '"Index":null'),
    ];
    expect(await verifyOutside(key, await write('longer.txt', longer.join('\n')), signed[0])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('the first 5 entries are as they were signed; it covers none of the other 2'),
    });
    const cut = await write('cut.txt', lines.slice(0, 4).join('\n'));
    expect(await verifyOutside(key, cut, signed[0])).toMatchObject(
      ending(1, 'Entry 4 was signed and is not in the list.'),
    );
    const other = await write('other.txt', (await readFile(signed[0], 'utf8')).replace('\n5\n', '\n4\n'));
    expect(await verifyOutside(key, list, other)).toMatchObject(ending(1, 'None of the keys signed it'));
    expect(await site.command('audit', 'prove', '5')).toMatchObject({ exitCode: 1, stdout: '' });
    expect(await site.command('audit', 'prove', '1e3')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await site.command('operations', 'list')).toMatchObject({ exitCode: 2 });
  });

  it('is verified without signing anything: what has no place yet is counted', async () => {
    const site = await setUp();
    const checkpoint = await site.succeed('audit', 'checkpoint');
    await withStore(site, (store) =>
      recordEvent(store, { name: 'test', actor: 'anna', from: null, what: {}, now: Date.now, failed: false }),
    );
    expect(JSON.parse(await site.succeed('audit', 'verify'))).toMatchObject({ Verified: true, Size: 5, Waiting: 1 });
    expect(await withStore(site, async (store) => (await auditLogOf(store).checkpoint())?.note)).toBe(checkpoint);
  });

  it('goes on while the service runs, which serves its checkpoint without a login', async () => {
    const site = await setUp();
    const service = await site.start();
    const ca = (await site.issue('terminal-1', CINEMA, service.url)).CaCertificate ?? '';
    const get = async (path: string) => {
      const { status, text, headers } = await postRaw(service.consoleUrl + path, '', { ca, method: 'GET' });
      return { status, text, type: headers['content-type'] };
    };
    await expect.poll(async () => (await get('/log/checkpoint')).text).toContain('\n6\n');
    const served = await get('/log/checkpoint');
    expect(served.type).toBe('text/plain; charset=utf-8');
    const files = await Promise.all([
      writeTo(site, 'key.txt', await site.succeed('audit', 'key')),
      writeTo(site, 'list.txt', await site.succeed('audit', 'list')),
      writeTo(site, 'checkpoint.txt', served.text),
    ]);
    expect(await verifyOutside(...files)).toMatchObject({ exitCode: 0 });
  });

  it('has what a machine only read and was counted once the day is over, also where it never comes back', async () => {
    const site = await setUp();
    const [day, tomorrow] = [Date.now(), Date.now() + 86_400_000].map((at) => wallClockAt(at).slice(0, 10));
    await withStore(site, ({ db }) =>
      db
        .insertInto('dayCount')
        .values({ actor: 'token gone', name: 'report records', day: day ?? '', count: 31 })
        .execute(),
    );
    await site.start();
    site.clock.ahead = 86_400_000;
    const counted = async () =>
      linesOf(await site.succeed('audit', 'list'))
        .map((line) => JSON.parse(line))
        .filter(({ Name }) => Name === 'report records');
    await expect.poll(counted).toMatchObject([
      {
        Actor: 'token gone',
        From: null,
        What: { counted: { day, times: 31 } },
        BeganAt: expect.stringContaining(tomorrow ?? ''),
      },
    ]);
  });

  it('is not continued where somebody changed the log itself, which health says, and what people do goes on', async () => {
    const site = await setUp();
    const service = await site.start();
    const bundle = await site.issue('terminal-1', CINEMA, service.url);
    const health = () => site.get(service, '/health', bundle);
    await site.succeed('audit', 'verify');
    expect(await health()).toMatchObject({ audit: { ok: true } });
    await tamper(site, 'log_leaf', 'update log_leaf set hash = (select hash from log_leaf where position = 0)');
    await site.succeed('operator', 'enable', 'bert');
    const fault = expect.stringContaining('nothing is signed over that: somebody changed the database');
    await expect.poll(health).toMatchObject({ status: 'degraded', audit: { ok: true, degraded: true, fault } });
    const { stdout, stderr } = await site.command('audit', 'list');
    expect(JSON.parse(linesOf(stdout).at(-1) ?? '')).toMatchObject({ Index: null, Name: 'operator enable' });
    expect(stderr).toContain('somebody changed the database');
    expect(await site.command('audit', 'verify')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('"FirstBadIndex":1,'),
    });
  });
});
