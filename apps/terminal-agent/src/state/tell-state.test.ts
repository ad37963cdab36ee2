// @module-tag service
import { addSeconds, epochOf, parseRecordId, parseWallClock, wallClockAt } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { endAlarm, raiseAlarm } from '../gate/gate-alarms.ts';
import { clock, film, makeCinema, startCinema } from '../testing/evening.ts';
import { gatesWith } from '../testing/test-gates.ts';
import { healthOf } from '../testing/test-terminal.ts';
import { undoEntry } from '../undo/undo-entry.ts';

const TELL = 'ReportTerminalState';

/** A terminal that is not connected yet. */
async function startExtended(options: Parameters<typeof makeCinema>[0] = {}) {
  const { sell, ...cinema } = await makeCinema({ kind: 'states', isConnected: false, ...options });
  return { ...cinema, sell: () => sell().code };
}

it('tells the platform how its devices, records, keys and clock are as soon as it hears of it, and that it ends', async () => {
  const { platform, terminal } = await startExtended();
  const driverOf = gatesWith({
    'gate-2': {
      driver: 'lcus',
      start() {
        throw new Error('no such port');
      },
    },
  });
  const store = await terminal.open();
  for (const seconds of [-60, -20]) {
    await raiseAlarm(store.db, { kind: 'passed', gate: 'gate-1', at: addSeconds(wallClockAt(clock()), seconds) });
  }
  const agent = await terminal.start({ driverOf });
  await terminal.setUpstream(platform.bundle);
  await platform.until(() => platform.asked.includes(TELL));
  const [first] = platform.queries(TELL);
  expect(first).toMatchObject({
    Version: expect.stringMatching(/^\d/),
    Gates: [
      { Name: 'gate-2', Driver: 'lcus', Enabled: false, Error: 'it could not be started: no such port' },
      { Name: 'gate-1', Driver: 'none', Enabled: true, Error: null },
    ],
    Scanners: [],
    Unadmitted: [{ Gate: 'gate-1', Count: 2, LastSeconds: 20 }],
    Waiting: 0,
    OldestUnsentSeconds: null,
    ClockTrusted: true,
    StoresSetAside: 0,
    Line: 'up',
    Store: expect.any(String),
  });
  expect(first).not.toHaveProperty('Ending');

  await terminal.keysStored();
  await endAlarm(store.db, 'acknowledge', 'gate-1');
  await agent.close();
  const last = platform.queries(TELL).at(-1);
  expect(last).toMatchObject({ Ending: true, KeysAgeSeconds: 0, Unadmitted: [] });
});

it('tells a plain platform nothing', async () => {
  const { platform, sell, agent } = await startCinema({ kind: 'plain' });
  expect(await agent.scan(sell().code)).toMatchObject({ Verdict: 'ADMIT' });
  await platform.received(1);
  await agent.close();
  expect(platform.asked).not.toContain(TELL);
});

it('holds no guest up and says nothing of the line while the platform does not answer it', async () => {
  const { platform, terminal, sell } = await startExtended();
  const mend = platform.hold(TELL);
  await terminal.setUpstream(platform.bundle);
  const agent = await terminal.start({ lastWordMs: 1000 });
  await platform.until(() => platform.asked.includes(TELL));
  for (let guest = 0; guest < 3; guest += 1) {
    expect(await agent.scan(sell())).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  }
  expect(await healthOf(agent, terminal.env.DATA_DIR ?? '')).toMatchObject({ upstream: { line: 'up' } });
  // It waits for no answer when it ends.
  await agent.close();
  mend();
});

it('reports how many scans of the business date it keeps, by verdict, also those made without a line', async () => {
  const time = { now: parseWallClock('2026-11-24T19:50:00') };
  const now = () => epochOf(time.now);
  const { platform, terminal, sell } = await startExtended({ now, settings: { OFFLINE_AFTER_SILENCES: '1' } });
  await terminal.setUpstream(platform.bundle);
  const agent = await terminal.start();
  const first = sell();
  expect(await agent.scan(first)).toMatchObject({ Verdict: 'ADMIT' });
  expect(await agent.scan(first, 'gate-2')).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  expect(await agent.scan('a shopping list')).toMatchObject({ Verdict: 'UNREADABLE' });
  // Reported when the platform was first heard, and once more at the end.
  await agent.close();
  const reported = () => platform.queries(TELL).at(-1);
  const counts = { ADMIT: 1, ALREADY_ENTERED: 1, UNREADABLE: 1 };
  expect(reported()).toMatchObject({ Ending: true, Scans: { BusinessDate: '2026-11-24', Counts: counts } });

  const offline = await terminal.start();
  await platform.stop();
  expect(await offline.scan(sell())).toMatchObject({ Verdict: 'ADMIT' });
  await offline.close();
  async function reportedAt(at: string) {
    time.now = parseWallClock(at);
    const again = await terminal.start();
    await platform.until(() => platform.asked.at(-1) === TELL);
    await again.close();
    return reported()?.Scans;
  }
  await platform.restart();
  expect(await reportedAt('2026-11-25T05:59:00')).toEqual({
    BusinessDate: '2026-11-24',
    Counts: { ...counts, ADMIT: 2 },
  });
  expect(await reportedAt('2026-11-25T06:01:00')).toEqual({ BusinessDate: '2026-11-25', Counts: {} });
});

it('raises the doubles in the platform’s answer, also of the guest who was first and confirmed, each once', async () => {
  const { platform, terminal, sell } = await startExtended();
  await terminal.setUpstream(platform.bundle);
  const agent = await terminal.start();
  const { RecordId, Confirmed } = await agent.scan(sell());
  expect(Confirmed).toBe(true);
  const left = await agent.scan(sell());
  await agent.close();

  const Entry = { CheckTime: '2026-11-24T19:58:00', RecordId: '019ac1f0-0000-7000-8000-000000000001' };
  const strange = [{ RecordId: Entry.RecordId, Entry }, { RecordId: 'x', Entry }, { RecordId }, 'x', null];
  // An entry that was undone here is none beside another, whatever the platform knows of it.
  const store = await terminal.open();
  const undo = { recordId: parseRecordId(Entry.RecordId), at: film };
  await store.transaction((db) => undoEntry({ db, store }, left.RecordId ?? '', undo));
  const undone = { CheckTime: film, RecordId: left.RecordId };
  const doubles = [...strange, { RecordId, Entry: undone }, { RecordId, Entry }];
  platform.replace(TELL, () => ({ Kept: true, Doubles: doubles }));
  const raised = () =>
    store.db.selectFrom('scan').select(['lateVerdict', 'lateFirstEntry', 'lateNoticedAt']).executeTakeFirstOrThrow();
  const told = { lateVerdict: 'ALREADY_ENTERED', lateFirstEntry: Entry.CheckTime, lateNoticedAt: expect.any(String) };
  const again = await terminal.start();
  await expect.poll(raised).toEqual(told);
  expect(await healthOf(again, terminal.env.DATA_DIR ?? '')).toMatchObject({
    rechecks: { noticedInLastDay: { ALREADY_ENTERED: 1 } },
  });
  await again.close();

  // The same double again, with another entry: the known one stays.
  platform.replace(TELL, () => ({ Kept: true, Doubles: [{ RecordId, Entry: { ...Entry, CheckTime: film } }] }));
  const asked = platform.asked.length;
  const last = await terminal.start();
  await platform.until(() => platform.asked.indexOf(TELL, asked) >= 0);
  await last.close();
  expect(await raised()).toEqual(told);
});
