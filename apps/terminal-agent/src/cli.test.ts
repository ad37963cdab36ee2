// @module-tag process
import { addSeconds, businessDate, wallClockAt } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { makeCinema } from './testing/evening.ts';
import { runCommand, startServing } from './testing/run-program.ts';
import { makeTerminal } from './testing/test-terminal.ts';

const linesOf = ({ stdout }: { stdout: string }) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

it('is set up, serves and checks only by commands', async () => {
  const { platform, terminal, sell } = await makeCinema({ now: Date.now, isConnected: false });
  const { env } = terminal;
  const ticket = sell();

  const set = await runCommand(['upstream', 'set', '-'], env, JSON.stringify(platform.bundle));
  expect(set).toMatchObject({ code: 0, stderr: '' });
  const shown = await runCommand(['upstream', 'show'], env);
  expect(JSON.parse(shown.stdout)).toMatchObject({ Url: platform.bundle.Url, Username: 'terminal-1' });
  expect(shown.stdout).not.toContain('PRIVATE KEY');

  const unserved = await runCommand(['check', ticket.code], env);
  expect(unserved).toMatchObject({ code: 1, stdout: '' });
  expect(unserved.stderr).toMatch(/^No terminal agent has served from .* yet: start it with `serve`\.\n$/);

  const agent = await startServing(env);
  const admitted = await runCommand(['check', ticket.code], env);
  expect(admitted).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(admitted.stdout)).toMatchObject({ Verdict: 'ADMIT', FilmTicketCode: ticket.info.filmTicketCode });
  const again = await runCommand(['check', `\\000026${ticket.code}`, '--gate', 'gate-2'], env);
  expect(again.code).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject({ Verdict: 'ALREADY_ENTERED', FirstEntry: { Gate: 'gate-1' } });
  await platform.received(1);

  const scans = await runCommand(['scans', 'list'], env);
  expect(linesOf(scans)).toMatchObject([
    { Sequence: 1, Verdict: 'ADMIT', Confirmed: false, RecordId: platform.records[0]?.recordId },
    { Sequence: 2, Verdict: 'ALREADY_ENTERED', OpenedAt: null },
  ]);
  const last = await runCommand(['scans', 'list', '--last', '1'], env);
  expect(JSON.parse(last.stdout)).toMatchObject({ Sequence: 2 });
  const records = await runCommand(['records', 'list'], env);
  const { filmTicketCode, filmName, screenName, rowNum, price } = ticket.info;
  expect(JSON.parse(records.stdout)).toMatchObject({
    RecordId: platform.records[0]?.recordId,
    CheckTime: platform.records[0]?.checkTime,
    FilmTicketCode: filmTicketCode,
    FilmName: filmName,
    ScreenName: screenName,
    RowNum: rowNum,
    Price: price / 100,
    TicketInfoCode: ticket.code,
    First: true,
    Gate: 'gate-1',
  });
  const [sent] = platform.records;
  const recordId = sent?.recordId ?? '';
  const checkTime = sent?.checkTime ?? wallClockAt(Date.now());
  const day = await runCommand(['report', 'day', '--business-date', businessDate(checkTime)], env);
  expect(linesOf(day)).toMatchObject([
    { Kind: 'LINE', Gate: 'gate-1', FilmName: filmName, Entries: 1, Delivered: 1 },
    { Kind: 'CINEMA', Completeness: 1 },
    { Kind: 'SCANS', Gate: 'gate-1', Verdict: 'ADMIT', Scans: 1, Offline: 0, Unconfirmed: 1 },
    { Kind: 'SCANS', Gate: 'gate-2', Verdict: 'ALREADY_ENTERED', Scans: 1 },
    { Kind: 'TOTAL', Entries: 1, Delivered: 1 },
  ]);
  const way = await runCommand(['report', 'record', recordId], env);
  expect(JSON.parse(way.stdout)).toMatchObject({ RecordId: recordId, State: 'DELIVERED', ScannedAt: checkTime });
  const keys = await runCommand(['keys', 'status'], env);
  expect(JSON.parse(keys.stdout)).toMatchObject({ CinemaCode: '31012801', Keys: 1, Alarm: null, Failure: null });
  expect(await runCommand(['records', 'parked'], env)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await runCommand(['records', 'retry'], env)).toMatchObject({ code: 0, stdout: '{"Retried":0}\n' });

  const operations = linesOf(await runCommand(['audit', 'list'], env));
  expect(operations[0]).toMatchObject({ Index: 0, Name: 'upstream set', Failed: false });
  expect(await runCommand(['audit', 'verify'], env)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\{"Verified":true,"FirstBadIndex":null,/),
  });
  const checked = { verdict: 'ADMIT', recordId: platform.records[0]?.recordId };
  expect(operations).toContainEqual(expect.objectContaining({ Name: 'check', What: checked }));

  expect(await agent.kill('SIGTERM')).toMatchObject({ code: 0 });
  const stopped = await runCommand(['check', ticket.code], env);
  expect(stopped).toMatchObject({ code: 1, stdout: '' });
  expect(stopped.stderr).toBe(`No terminal agent answers on 127.0.0.1 port ${env.PORT} (nothing listens there).\n`);

  const until = businessDate(addSeconds(checkTime, 30 * 86_400));
  const token = await runCommand(
    ['token', 'add', 'door', '--permissions', 'tickets.check', '--all-cinemas', '--until', until],
    env,
  );
  expect(await runCommand(['operator', 'add', 'uwe', '--role', 'usher', '--all-cinemas'], env)).toMatchObject({
    code: 0,
  });
  const untold = await runCommand(['check', ticket.code], env);
  expect(untold).toMatchObject({ code: 1, stderr: expect.stringContaining('say with --operator who you are') });
  const told = await runCommand(['check', ticket.code], { ...env, OPERATOR_TOKEN: JSON.parse(token.stdout).Token });
  expect(told.stderr).toBe(stopped.stderr);
});

it.each([{ OFFLINE_POLICY: 'maybe' }, { DATABASE_URL: 'postgres://localhost/x' }, { GATES: 'gate-1=7,x y' }])(
  'says in one sentence why it cannot start: %j',
  async (settings) => {
    const { env } = await makeTerminal({ now: Date.now });
    const refused = await runCommand(['serve'], { ...env, ...settings } as Record<string, string>);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr.trim().split('\n')).toHaveLength(1);
    expect(refused.stderr).toContain(Object.keys(settings)[0]);
  },
);
