// @module-tag process
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseWallClock, publicKeyRowJson, refundRowJson } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand, startCommand } from './testing/run-command.ts';
import { CINEMA, checkTicketJson, makeTicket, makeUkey, START, ticketJson } from './testing/test-cinema.ts';
import { type Caller, callerOf } from './testing/test-platform.ts';

const lines = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).join('\n');
const parseLines = (text: string) => text.split('\n').flatMap((line) => (line === '' ? [] : JSON.parse(line)));

describeSqlite('commands beside a running service', ({ url }) => {
  let directory: string;
  let env: Record<string, string>;
  let service: ReturnType<typeof startCommand>;
  let serviceUrl: string;
  let caller: Caller;
  const ukey = makeUkey();

  const run = (args: readonly string[], input?: string) => runCommand(args, env, input);
  async function take(kind: string, row: unknown, source: 'file' | 'standard input' = 'file') {
    const path = join(directory, `${kind}.ndjson`);
    await writeFile(path, lines([row]));
    const reading = source === 'file' ? run(['import', kind, path]) : run(['import', kind, '-'], lines([row]));
    const { code, stdout, stderr } = await reading;
    expect([code, stderr]).toEqual([0, '']);
    return JSON.parse(stdout);
  }
  async function issue(username: string, ...scope: string[]): Promise<Caller> {
    const { code, stdout, stderr } = await run(['account', 'add', username, ...scope, '--out', '-']);
    expect([code, stderr]).toEqual([0, '']);
    const { CaCertificate, PrivateKey } = JSON.parse(stdout);
    return callerOf({ url: serviceUrl, ca: CaCertificate, username, privateKeyPem: PrivateKey, clock: Date.now });
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'national-main-'));
    env = { DATA_DIR: directory, PORT: '0', DATABASE_URL: await url(), LOG_LEVEL: 'warn' };
    service = startCommand(['serve'], env);
    serviceUrl = await service.said(/listens on (https:\S+)\.\n/);
    caller = await issue('platform-a', '--all-cinemas');
  });
  afterAll(async () => {
    service.child.kill('SIGTERM');
    expect((await service.ended).code).toBe(0);
    await rm(directory, { recursive: true, force: true });
  });

  it('acts on imports at once, the same again without effect', async () => {
    const ticket = makeTicket(1);
    const asksKeys = { CinemaCode: CINEMA };
    const asksTicket = { ...asksKeys, FilmTicketCode: ticket.filmTicketCode, StartTime: START };
    expect(await caller.data('GetPublicKeys', asksKeys)).toMatchObject({ ErrorCode: 'CINEMA_UNKNOWN' });

    const imports: [string, unknown][] = [
      ['cinemas', { CinemaCode: CINEMA, CinemaName: '示例影城' }],
      ['screens', { CinemaCode: CINEMA, ScreenCode: ticket.screenCode, ScreenName: '7号厅' }],
      ['films', { FilmCode: ticket.filmCode, FilmName: '示例影片' }],
      ['public-keys', publicKeyRowJson(ukey.row)],
      ['refunds', refundRowJson({ ...ticket, refundTime: ticket.sellTime })],
      ['tickets', ticketJson(ticket)],
    ];
    for (const [kind, row] of imports) {
      const source = kind === 'tickets' ? 'standard input' : 'file';
      expect(await take(kind, row, source)).toEqual({ Imported: 1, Unchanged: 0 });
    }
    expect(await caller.data('GetPublicKeys', asksKeys)).toHaveProperty('PublicKeys');
    expect(await caller.data('GetTicketInfo', asksTicket)).toMatchObject({
      CinemaName: '示例影城',
      ScreenName: '7号厅',
      FilmName: '示例影片',
      RefundStatus: 'Yes',
    });
    const again = await Promise.all(imports.map(([kind, row]) => take(kind, row)));
    expect(again).toEqual(imports.map(() => ({ Imported: 0, Unchanged: 1 })));
  });

  it('imports 20,000 tickets while the service keeps records and answers, refusing nobody', async () => {
    const path = join(directory, 'tickets.ndjson');
    await writeFile(path, lines(Array.from({ length: 20_000 }, (_, number) => ticketJson(makeTicket(1000 + number)))));
    let over = false;
    const importing = run(['import', 'tickets', path]).finally(() => {
      over = true;
    });
    let kept = 0;
    while (!over) {
      const record = checkTicketJson(makeTicket(500_000 + kept), ukey);
      const [reported, keys] = await Promise.all([
        caller.ask('ReportOriginalCheckTickets', { CinemaCode: CINEMA, CheckTickets: [record] }),
        caller.ask('GetPublicKeys', { CinemaCode: CINEMA }),
      ]);
      expect(reported.json().ReplyData).toEqual({ ReportResult: true });
      expect(keys.status).toBe(200);
      kept += 1;
    }
    expect(await importing).toEqual({ code: 0, stdout: '{"Imported":20000,"Unchanged":0}\n', stderr: '' });
    expect(kept).toBeGreaterThan(1);
    const { stdout } = await run(['records', 'count']);
    expect(JSON.parse(stdout)).toEqual({ Records: kept, Entries: kept, Quarantined: 0 });
  });

  it('lists records, doubles and quarantined records', async () => {
    const startTime = parseWallClock('2026-10-01T19:30:00');
    const ticket = makeTicket(2, { startTime });
    const checkedAt = (CheckTime: string) => checkTicketJson(ticket, ukey, { CheckTime });
    const forged = checkTicketJson(makeTicket(3, { startTime }), makeUkey(), { CheckTime: '2026-10-01T20:00:00' });
    const records = [checkedAt('2026-10-01T20:00:00'), checkedAt('2026-10-01T19:00:00'), forged];
    await caller.data('ReportOriginalCheckTickets', { CinemaCode: CINEMA, CheckTickets: records });

    const since = await run(['records', 'list', '--since', '2026-10-01T20:00:00', '--cinema', CINEMA]);
    const listed = parseLines(since.stdout).filter(({ CheckTime }) => CheckTime.startsWith('2026-10-01'));
    expect(listed.map(({ FilmTicketCode, Quarantined, First }) => [FilmTicketCode, Quarantined, First]).sort()).toEqual(
      [
        [ticket.filmTicketCode, false, false],
        [forged.FilmTicketCode, true, false],
      ],
    );
    const doubles = parseLines((await run(['records', 'doubles', '--date', '2026-10-01'])).stdout);
    expect(doubles.map(({ CheckTime, First, Account }) => [CheckTime, First, Account])).toEqual([
      ['2026-10-01T19:00:00', true, 'platform-a'],
      ['2026-10-01T20:00:00', false, 'platform-a'],
    ]);
    expect((await run(['records', 'doubles', '--date', '2026-10-02'])).stdout).toBe('');
    const day = await run(['report', 'day', '--business-date', '2026-10-01', '--cinema', CINEMA]);
    expect(parseLines(day.stdout)).toMatchObject([
      { Kind: 'LINE', Account: 'platform-a', StartTime: startTime, Checked: 3, Entries: 2, Quarantined: 1, Doubles: 1 },
      { Kind: 'CINEMA', CinemaCode: CINEMA, Checked: 3 },
      { Kind: 'TOTAL', Checked: 3, Entries: 2 },
    ]);
    expect(day.stdout).not.toContain('Delivered');
    const [aside, ...others] = parseLines((await run(['records', 'quarantined'])).stdout);
    expect(aside).toMatchObject({ FilmTicketCode: forged.FilmTicketCode, ErrorCode: 'CODE_NOT_GENUINE' });
    expect(others).toEqual([]);
  });
});

describe('the command line', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'national-main-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('exits with 2 on wrong usage and touches no data', async () => {
    const env = { DATA_DIR: join(directory, 'untouched') };
    const wrong = [
      [],
      ['serve', 'now'],
      ['import', 'posters', '-'],
      ['import', 'tickets'],
      ['records', 'list', '--since', 'yesterday'],
      ['records', 'list', '--cinema', '1'],
      ['records', 'doubles', '--date', '2026-02-30'],
      ['account', 'add', 'a', '--out', '-'],
    ];
    const ended = await Promise.all(wrong.map((args) => runCommand(args, env)));
    expect(ended.map(({ code, stdout, stderr }) => [code, stdout, stderr !== ''])).toEqual(
      wrong.map(() => [2, '', true]),
    );
    expect(existsSync(env.DATA_DIR)).toBe(false);
  });
});
