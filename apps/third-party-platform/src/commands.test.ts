// @module-tag process
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { businessDate, getPublicKeysQueryJson } from '@ticket-check/protocol';
import { spawnAtTerminal } from '@ticket-check/runtime/pseudo-terminal';
import { startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { describeSqlite } from '@ticket-check/storage/testing';
import { describe, expect, test } from 'vitest';
import { addOperator, OWN } from './testing/console-browser.ts';
import { CINEMA, checkTicket, makeUkey, OTHER_CINEMA, sellTicket } from './testing/test-cinema.ts';
import { ask, createSite, createTerminal, ending, report } from './testing/test-platform.ts';

const ukey = makeUkey();

describeSqlite('commands beside a running service', ({ url }) => {
  /** The account may act for every cinema; what was handed over names some. */
  async function setUp(cinemaCodes: readonly string[] = [CINEMA]) {
    const keys = [CINEMA, OTHER_CINEMA].map((cinema) => [cinema, [ukey.key]] as const);
    const national = await startNationalPlatform({ keys });
    const site = await createSite(await url());
    return { national, site, upstream: { ...national.bundle, CinemaCodes: cinemaCodes } };
  }

  const succeeds = { exitCode: 0, stderr: '' };

  test('an account works from the moment it is added to the moment it is revoked', async () => {
    const { site, upstream } = await setUp();
    await site.setUpstream(upstream);
    const service = await site.serve();
    const file = join(site.directory, 'terminal-7.json');
    const added = await site.command('account', 'add', 'terminal-7', '--cinemas', CINEMA, '--out', file);
    expect(added).toMatchObject(succeeds);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const terminal = createTerminal({ ...JSON.parse(await readFile(file, 'utf8')), Url: service.url });
    const query = getPublicKeysQueryJson(CINEMA);
    expect(await ask(terminal, 'GetPublicKeys', query)).toHaveProperty('PublicKeys');
    // Where its bundle cannot be written, nothing is issued.
    const unwritten = await site.command('account', 'add', 'terminal-8', '--all-cinemas', '--out', file);
    expect(unwritten).toMatchObject(ending(1, 'exists already and is not overwritten'));
    const listed = await site.command('account', 'list');
    expect(JSON.parse(listed.stdout)).toMatchObject({ Username: 'terminal-7', CinemaCodes: [CINEMA], RevokedAt: null });
    expect(listed.stdout).not.toMatch(/MII|Key/);
    expect(await site.command('account', 'revoke', 'terminal-7', '--yes')).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: `Every request of the account terminal-7 is refused at once and for good, for its cinemas (1). No terminal has told its state with it, so how many check records are still to be reported is not known.\n`,
    });
    expect(await ask(terminal, 'GetPublicKeys', query)).toBe('SIGNATURE_INVALID');
    expect(await site.command('account', 'revoke', 'terminal-8', '--yes')).toMatchObject({ exitCode: 1 });
    const operations = await site.lines('audit', 'list');
    expect(JSON.stringify(operations)).not.toContain('PRIVATE KEY');
    expect(operations.map(({ Name, Failed = false }) => [Name, Failed])).toEqual([
      ['upstream set', false],
      ['account add', false],
      ['account revoke', false],
      ['account revoke', true],
    ]);
    for (const { Actor } of operations) expect(Actor).toBe(userInfo().username);
  });

  test('a service without an upstream takes reports once keys are known, and forwards them to the upstream set', async () => {
    const { national, site, upstream } = await setUp();
    const service = await site.start();
    const terminal = createTerminal(await site.issue('terminal-1', CINEMA, service.url));
    const ticket = sellTicket(ukey);
    expect(await report(terminal, [checkTicket(ticket)])).toMatchObject({ kind: 'retry', code: 'KEYS_UNAVAILABLE' });
    const file = join(site.directory, 'bundle.json');
    await writeFile(file, JSON.stringify(upstream));
    expect(await site.command('upstream', 'set', file)).toMatchObject(succeeds);
    expect(await site.lines('cinema', 'list')).toMatchObject([{ CinemaCode: CINEMA }]);
    await site.keysStored();
    expect(await ask(terminal, 'GetPublicKeys', getPublicKeysQueryJson(CINEMA))).toHaveProperty('PublicKeys');
    expect(await report(terminal, [checkTicket(ticket)])).toMatchObject({ reply: { result: true } });
    await national.until(() => national.records.length === 1);
    const again = checkTicket(ticket, 2);
    const listDoubles = ['records', 'doubles', '--date', businessDate(again.checkTime)];
    expect((await site.command(...listDoubles)).stdout).toBe('');
    expect(await report(terminal, [again])).toMatchObject({ reply: { result: true } });
    const doubles = await site.lines(...listDoubles);
    expect(doubles.map(({ First, Account }) => [First, Account])).toEqual([
      [true, 'terminal-1'],
      [false, 'terminal-1'],
    ]);
    expect(doubles.map(({ RecordId }) => RecordId)).toContain(again.recordId);
    await national.until(() => national.records.length === 2);
    const date = businessDate(again.checkTime);
    const total = async () => {
      const day = await site.command('report', 'day', '--business-date', date, '--by', 'cinema');
      return JSON.parse(day.stdout.trim().split('\n').at(-1) ?? '');
    };
    // It is confirmed a moment after it arrived.
    await expect.poll(total).toMatchObject({ Entries: 2, Delivered: 2, Waiting: 0, Doubles: 1, Completeness: 1 });
  });

  test('records that wait go to the upstream that a command sets instead', async () => {
    const { national, site, upstream } = await setUp();
    const other = await startNationalPlatform({ kind: 'plain', cinemaCodes: [CINEMA] });
    other.keys.set(CINEMA, [ukey.key]);
    await site.setUpstream(upstream);
    const service = await site.start();
    const terminal = createTerminal(await site.issue('terminal-1', CINEMA, service.url));
    expect(await ask(terminal, 'GetPublicKeys', getPublicKeysQueryJson(CINEMA))).toHaveProperty('PublicKeys');
    await national.stop();
    const record = checkTicket(sellTicket(ukey));
    expect(await report(terminal, [record])).toMatchObject({ reply: { result: true } });
    const file = join(site.directory, 'other.json');
    await writeFile(file, JSON.stringify(other.bundle));
    // A script has named the other platform: the consequence is printed, and nobody is asked.
    expect(await site.command('upstream', 'set', file)).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/^1 platform is replaced: .* from now on to https:/),
    });
    expect(await site.command('upstream', 'set', file)).toMatchObject(succeeds);
    await other.until(() => other.records.length === 1);
    expect(other.records).toMatchObject([{ filmTicketCode: record.filmTicketCode, recordId: null }]);
    const shown = await site.command('upstream', 'show');
    expect(JSON.parse(shown.stdout)).toMatchObject({ Url: other.bundle.Url, Username: 'vendor-a' });
    expect(shown.stdout).not.toContain('PRIVATE KEY');
  });

  test('health and keys status tell what waits, how old the keys are and who lacks them', async () => {
    const { national, site, upstream } = await setUp([CINEMA, '99999999']);
    await site.setUpstream(upstream);
    const service = await site.start();
    const bundle = await site.issue('terminal-1', CINEMA, service.url);
    await ask(createTerminal(bundle), 'GetPublicKeys', getPublicKeysQueryJson(CINEMA));
    await national.until(() => national.asked.length >= 2);
    const health = await site.get(service, '/health', bundle);
    expect(health).toMatchObject({
      status: 'ok',
      name: 'third-party-platform',
      records: { waiting: 0, parked: 0, quarantined: 0 },
      keys: { cinemas: 2, withoutKeys: ['99999999'] },
      upstream: { url: upstream.Url },
    });
    expect(await site.get(service, '/metrics', bundle)).toContain('check_records_waiting 0');
    expect(await site.lines('keys', 'status')).toMatchObject([
      { CinemaCode: CINEMA, Keys: 1, Alarm: null, Failure: null },
      { CinemaCode: '99999999', Keys: 0, FetchedAt: null, Failure: 'no usable key in the reply' },
    ]);
  });
});

describe('the command line', () => {
  const site = () => createSite('');

  test('there is no command that adds or changes a key', async () => {
    const { stdout } = await (await site()).command('keys', '--help');
    expect(stdout.match(/^ {2}(\w+)(?=.*$)/gm)?.map((name) => name.trim())).toEqual(['status', 'help']);
  });

  test('wrong usage exits with 2', async () => {
    expect(await (await site()).command('cinema', 'add')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await (await site()).command('keys', 'add')).toMatchObject({ exitCode: 2, stdout: '' });
    const { command } = await site();
    const refused = await command('cinema', 'add', CINEMA, '123');
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toContain("'123' is invalid");
    expect(await command('cinema', 'list')).toMatchObject({ exitCode: 0, stdout: '' });
  });
});

test('an operator types the password at the terminal, where nobody sees it', async () => {
  const site = await createSite('');
  await addOperator(site, 'anna', 'administrator');
  const main = join(import.meta.dirname, 'main.ts');
  const command = `'${process.execPath}' '${main}' cinema add ${CINEMA} --operator anna < /dev/null`;
  // A terminal of its own, as an operator's shell has one.
  const terminal = spawnAtTerminal('sh', ['-c', command], { ...process.env, ...site.env });
  let seen = '';
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text;
    if (text.includes('Password of anna: ')) terminal.stdin.write(`${OWN}\r`);
  });
  expect(await once(terminal, 'exit')).toEqual([0]);
  expect(seen.trim()).toBe('Password of anna:');
  const listed = JSON.parse((await site.command('audit', 'list')).stdout);
  expect(listed).toMatchObject({ Name: 'cinema add', Actor: 'anna', After: { cinemaCodes: [CINEMA] } });
});
