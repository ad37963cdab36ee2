// @module-tag service
import { APIS, addSeconds, epochOf, parseWallClock, type RecordId, type WallClock } from '@ticket-check/protocol';
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { findRefusal, forgetRefusals } from '../journal/refusals.ts';
import { film, makeCinema, now, startCinema } from '../testing/evening.ts';
import { runCommand } from '../testing/run-program.ts';
import { makeUkey, type PlatformKind, sellTicket } from '../testing/test-cinema.ts';
import { listedScans } from '../testing/test-terminal.ts';
import { undoEntry } from '../undo/undo-entry.ts';
import { overrideRefusal } from './override-refusal.ts';

const nextId = () => uuidv7() as RecordId;

/** A terminal, and another process that has its store open, as a command does. */
async function setUp(kind: PlatformKind, settings: Record<string, string> = {}) {
  const time = { now: now as WallClock };
  const cinema = await makeCinema({ now: () => epochOf(time.now), kind, settings });
  const agent = await cinema.terminal.start();
  const store = await cinema.terminal.open();
  /** Answers the admission's RecordId, or why there is none. */
  const override = async (refused: string | undefined, { opensByAnswer = true, stoodBack = false } = {}) => {
    const at = { at: time.now, epochMs: epochOf(time.now), correctionMs: 0, trusted: true, stoodBack };
    const by = { recordId: nextId(), at, operator: 'susi', reason: '已核实', opensByAnswer: () => opensByAnswer };
    const came = await store.transaction((db) => overrideRefusal({ ...store, db } as typeof store, refused ?? '', by));
    return typeof came === 'string' ? came : came.record.recordId;
  };
  return { ...cinema, time, agent, store, override };
}

it('lets the guest in whose e-ticket was too old, or who showed the bare code of one, and keeps how it was shown', async () => {
  const { time, platform, terminal, agent, sell, override } = await setUp('e-tickets');
  const [old, bare] = [sell(), sell()];
  platform.eTickets.create({ ...bare.info, ticketInfoCode: bare.code });
  const screenshot = platform.eTickets.qr(old.code);
  const forged = platform.eTickets.qr(sellTicket(makeUkey(now), film).code);
  await platform.until(() => platform.asked.includes(APIS.getETicketKeys));
  // It waits for the keys that are on their way.
  await agent.scan(platform.eTickets.qr(sell({ refundStatus: 'Yes' }).code));
  time.now = addSeconds(now, 301);
  const stale = await agent.scan(screenshot);
  const only = await agent.scan(bare.code);
  const unknown = await agent.scan(forged);
  expect([stale.Verdict, only.Verdict, unknown.Verdict]).toEqual(['ETICKET_STALE', 'ETICKET_ONLY', 'ETICKET_STALE']);
  const recordIds = [await override(stale.RecordId), await override(only.RecordId)];
  expect(await override(unknown.RecordId)).toBe('no-record');
  const scans = await listedScans(terminal);
  expect(recordIds.map((recordId) => scans.find(({ RecordId }) => RecordId === recordId))).toMatchObject([
    { Verdict: 'ADMIT', Overrides: stale.RecordId, ETicketTime: now, ETicketAgeSeconds: 301 },
    { Verdict: 'ADMIT', Overrides: only.RecordId, ETicketTime: null },
  ]);
  expect(await agent.scan(platform.eTickets.qr(old.code))).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
});

it('makes a second entry of a ticket that was used, once a refusal, marked and sent, and can be undone', async () => {
  const { platform, terminal, agent, store, sell, override } = await setUp('claiming');
  const ticket = sell();
  const first = await agent.scan(ticket.code);
  const refused = await agent.scan(ticket.code, 'gate-2');
  expect(refused.Verdict).toBe('ALREADY_ENTERED');
  const recordId = await override(refused.RecordId);
  expect(await override(refused.RecordId)).toBe('overridden');
  await agent.close();
  await (await terminal.start()).scan(ticket.code);
  await platform.received(2);
  expect(platform.records.map((record) => record.recordId).sort()).toEqual([first.RecordId, recordId].sort());
  expect(await listedScans(terminal)).toContainEqual(
    expect.objectContaining({
      RecordId: recordId,
      Verdict: 'ADMIT',
      Gate: 'gate-2',
      Confirmed: false,
      Overrides: refused.RecordId,
      OverriddenBy: 'susi',
      OverrideReason: '已核实',
    }),
  );
  // The platform hears that it was one, and what the ticket had been refused as; not who decided it, and why.
  const verdicts = new Map(platform.records.map((record) => [record.recordId, record.overriddenVerdict]));
  expect([verdicts.get(first.RecordId as RecordId), verdicts.get(recordId as RecordId)]).toEqual([
    null,
    'ALREADY_ENTERED',
  ]);
  expect(JSON.stringify(platform.queries('ReportOriginalCheckTickets'))).not.toMatch(/susi|已核实/);
  // The ticket's entry is the first one still, and the guest of the second may turn round at the door.
  const undo = { recordId: nextId(), at: now };
  expect(await store.transaction((db) => undoEntry({ db, store }, recordId, undo))).toMatchObject({ gate: 'gate-2' });
  expect(await store.db.selectFrom('entry').select('recordId').execute()).toEqual([{ recordId: first.RecordId }]);
});

it('lets a guest in whom the line, the time or a refund kept out, and nobody else after that', async () => {
  const { platform, agent, sell, override } = await setUp('claiming');
  const refunded = sell({ refundStatus: 'Yes' });
  const early = sell({}, addSeconds(film, 36_000));
  const [asRefunded, asEarly] = [await agent.scan(refunded.code), await agent.scan(early.code)];
  expect([asRefunded.Verdict, asEarly.Verdict]).toEqual(['REFUNDED', 'TOO_EARLY']);
  const again = await agent.scan(early.code);
  const recordId = await override(asEarly.RecordId);
  await override(asRefunded.RecordId);
  // That settles an older refusal of the ticket too; a guest who still has it is scanned again.
  expect(await override(again.RecordId)).toBe('entered-since');
  const third = await agent.scan(refunded.code);
  expect(third.Verdict).toBe('REFUNDED');
  await agent.scan(sell().code);
  await platform.received(3);
  expect(platform.records).toContainEqual(expect.objectContaining({ recordId, startTime: early.info.startTime }));
});

it('knows the entry of a ticket that was refused for another reason, also where it was salvaged', async () => {
  const { platform, time, agent, store, sell } = await setUp('extended');
  const ticket = sell();
  const { RecordId = '' } = await agent.scan(ticket.code);
  platform.sell({ ...ticket.info, refundStatus: 'Yes' });
  time.now = addSeconds(now, 60);
  const refused = await agent.scan(ticket.code, 'gate-2');
  expect(refused.Verdict).toBe('REFUNDED');
  const known = () => findRefusal(store.db, refused.RecordId ?? '');
  expect(await known()).toMatchObject({ first: { gate: 'gate-1' } });
  await store.db
    .updateTable('scan')
    .set({ sequence: 99 })
    .where('recordId', '=', RecordId as RecordId)
    .execute();
  expect(await known()).toMatchObject({ first: { gate: 'gate-1' } });
});

it('counts once if it was cut off before the gate opened, and opens it to no later scan of the ticket', async () => {
  const { platform, terminal, agent, sell, override } = await setUp('claiming', { OFFLINE_POLICY: 'refuse' });
  const ticket = sell();
  await agent.scan(sell().code);
  const hear = platform.fail('ClaimTicket');
  const refused = await agent.scan(ticket.code);
  expect(refused.Verdict).toBe('OFFLINE_REFUSED');
  const recordId = await override(refused.RecordId, { opensByAnswer: false });
  await agent.close();
  hear();
  const restarted = await terminal.start();
  expect(await override(refused.RecordId)).toBe('overridden');
  // The supervisor, who saw the gate stay shut, has let the guest in by hand.
  const first = { CheckTime: now, Gate: 'gate-1' };
  expect(await restarted.scan(ticket.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED', FirstEntry: first });
  await platform.received(2);
  expect(platform.records.filter((record) => record.recordId === recordId)).toHaveLength(1);
});

it('refuses what is no refusal, or not of today, and a clock that is wrong', async () => {
  const { time, agent, store, sell, override } = await setUp('claiming');
  const ticket = sell();
  const admitted = await agent.scan(ticket.code);
  const refused = await agent.scan(ticket.code);
  expect(await override(admitted.RecordId)).toBe('unknown');
  expect(await override(refused.RecordId, { stoodBack: true })).toBe('clock');
  time.now = parseWallClock('2026-11-25T06:00:00');
  expect(await override(refused.RecordId)).toBe('not-today');
  expect(await store.transaction((db) => forgetRefusals(db, now, 10))).toBe(0);
  expect(await store.transaction((db) => forgetRefusals(db, time.now, 10))).toBe(1);
  expect(await override(refused.RecordId)).toBe('not-today');
});

it('is a command too, which shows what it would do, opens no gate and is in the audit', {
  tags: 'process',
}, async () => {
  const { platform, terminal, sell, agent } = await startCinema({ now: Date.now, kind: 'claiming' });
  const ticket = sell({ refundStatus: 'Yes' });
  const { RecordId = '' } = await agent.scan(ticket.code);
  const args = ['entries', 'override', RecordId, '--reason', '票房核实'];
  const shown = await runCommand(args, terminal.env);
  expect(shown).toMatchObject({ code: 0, stderr: expect.stringContaining('This ticket was refunded') });
  expect(JSON.parse(shown.stdout)).toMatchObject({ RecordId, Verdict: 'REFUNDED' });
  const done = await runCommand([...args, '--yes'], terminal.env);
  expect(done).toMatchObject({ code: 0, stderr: expect.stringContaining('No gate was opened') });
  expect(JSON.parse(done.stdout)).toMatchObject({ Overrides: RecordId });
  const again = await runCommand([...args, '--yes'], terminal.env);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('already overridden') });
  const store = await terminal.open();
  const operations = store.db.selectFrom('operation').select(['what', 'failed']).where('name', '=', 'entries override');
  expect((await operations.execute()).map(({ what, failed }) => [JSON.parse(what).recordId, failed])).toEqual([
    [RecordId, 0],
    [RecordId, 1],
  ]);
  await platform.received(1);
});
