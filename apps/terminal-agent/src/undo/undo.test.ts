// @module-tag service
import { OWN } from '@ticket-check/admin/testing';
import { createReversals } from '@ticket-check/check-records';
import { addSeconds, parseRecordId } from '@ticket-check/protocol';
import { type PeerPlatform, ticketKey } from '@ticket-check/simulators/peers';
import { expect, it } from 'vitest';
import { overrideRefusal } from '../override/override-refusal.ts';
import { clock, makeCinema, now, startCinema } from '../testing/evening.ts';
import { logInAs } from '../testing/log-in.ts';
import type { PlatformKind } from '../testing/test-cinema.ts';
import { undoEntry } from './undo-entry.ts';

const [UNDO, AGAIN] = ['01936000-0000-7000-8000-0000000000a1', '01936000-0000-7000-8000-0000000000a2'].map(
  parseRecordId,
) as [ReturnType<typeof parseRecordId>, ReturnType<typeof parseRecordId>];

/** A terminal that has admitted a guest, and another process that has its store open. */
async function admitted(kind: PlatformKind) {
  const { platform, terminal, sell } = await makeCinema({ kind });
  const ticket = sell();
  const agent = await terminal.start();
  // The keys are there once a ticket was decided, and it is known what the platform speaks.
  await agent.scan(sell({ refundStatus: 'Yes' }).code);
  const first = await agent.scan(ticket.code);
  expect(first.Verdict).toBe('ADMIT');
  await platform.received(1);
  const store = await terminal.open();
  const undo = (recordId = first.RecordId ?? '', by = UNDO) =>
    store.transaction((db) => undoEntry({ db, store }, recordId, { recordId: by, at: now }));
  return { platform, agent, ticket, first, store, undo, reversals: createReversals(store) };
}

const undoneAt = (platform: PeerPlatform) => platform.reversals.map(({ recordId, reverses }) => [recordId, reverses]);

it('lets the guest in once more, confirmed, and the platform knows of the record that was undone', async () => {
  const { platform, agent, ticket, first, undo, reversals } = await admitted('claiming');
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  expect(await undo()).toMatchObject({ recordId: first.RecordId, gate: 'gate-1' });
  expect(await undo(undefined, AGAIN)).toBeNull();
  const second = await agent.scan(ticket.code, 'gate-2');
  expect(second).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  expect(second.RecordId).not.toBe(first.RecordId);
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED', FirstEntry: { Gate: 'gate-2' } });
  await platform.received(2);
  expect(undoneAt(platform)).toEqual([[UNDO, first.RecordId]]);
  expect(platform.claims.standing.get(ticketKey(ticket.info))?.recordId).toBe(second.RecordId);
  expect(await reversals.list(10)).toMatchObject([{ reverses: first.RecordId, deliveredAt: now }]);
});

it('lets nobody in elsewhere meanwhile where the platform cannot be told yet, and says that it is not confirmed', async () => {
  const { platform, agent, ticket, first, undo } = await admitted('claiming');
  const hear = platform.fail('ReportOriginalCheckTickets');
  await undo();
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  expect(platform.claims.standing.get(ticketKey(ticket.info))?.recordId).toBe(first.RecordId);
  hear();
});

it('shows a plain platform nothing, where the entry stands, and lets the guest in all the same', async () => {
  const { platform, agent, ticket, first, undo, reversals } = await admitted('plain');
  platform.sell(ticket.info, { checkStatus: 'Yes' });
  await undo();
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  await platform.received(2);
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  expect(platform.reversals).toEqual([]);
  expect(await reversals.list(10)).toMatchObject([{ reverses: first.RecordId, deliveredAt: null, errorCode: null }]);
  expect(await reversals.countWaiting()).toBe(1);
});

it('undoes no admission of somebody else, and keeps the ticket where another admission of it stands', async () => {
  const { agent, ticket, first, store, undo } = await admitted('claiming');
  expect(await undo(AGAIN)).toBeNull();
  const refused = await agent.scan(ticket.code, 'gate-2');
  const at = { at: addSeconds(now, 5), epochMs: clock(), correctionMs: 0, trusted: true, stoodBack: false };
  const by = { recordId: AGAIN, at, operator: 'susi', reason: '已核实', opensByAnswer: () => true };
  await store.transaction((db) => overrideRefusal({ ...store, db } as typeof store, refused.RecordId ?? '', by));
  expect(await undo(first.RecordId)).toMatchObject({ recordId: first.RecordId });
  expect(await store.db.selectFrom('entry').select('recordId').execute()).toEqual([{ recordId: AGAIN }]);
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED', FirstEntry: { Gate: 'gate-2' } });
});

it('lets a supervisor undo an entry with a reason and the password, once, and an usher not', async () => {
  const settings = { SECOND_FACTOR_ROLES: 'administrator' };
  const { platform, terminal, sell, agent } = await startCinema({ now: Date.now, kind: 'claiming', settings });
  const ticket = sell();
  const admitted = await agent.scan(ticket.code);
  expect(admitted.Verdict).toBe('ADMIT');

  const store = await terminal.open();
  const { RecordId } = admitted;
  const reason = '闸机未转动';
  const usher = await logInAs('uwe', 'usher', { terminal, agent });
  expect((await usher.ask('/entries.json')).status).toBe(403);
  const asUsher = (Unpassed: boolean) => usher.act('/entries/undo', { RecordId, Unpassed, reason, password: OWN });
  expect(await asUsher(false)).toMatchObject({ status: 403, error: 'forbidden' });
  // Its gate has no sensor.
  expect(await asUsher(true)).toMatchObject({ status: 410, error: 'gone' });

  const supervisor = await logInAs('susi', 'supervisor', { terminal, agent });
  expect((await supervisor.json('/entries.json')).Entries).toMatchObject([
    { RecordId, FilmTicketCode: ticket.info.filmTicketCode, FilmName: '示例影片' },
  ]);
  const undo = (more: object) => supervisor.act('/entries/undo', { RecordId, reason, password: OWN, ...more });
  expect(await undo({ reason: ' ' })).toMatchObject({ status: 400, error: 'reason-missing-or-too-long' });
  expect(await undo({ password: 'wrong' })).toMatchObject({ status: 403, error: 'wrong-password' });
  expect(await undo({})).toMatchObject({ status: 200 });
  expect(await undo({})).toMatchObject({ status: 410, error: 'gone', message: expect.stringContaining('已被撤销') });
  expect((await supervisor.json('/entries.json')).Entries).toEqual([]);
  const operations = store.db.selectFrom('operation').selectAll().where('name', '=', 'entries undo');
  expect((await operations.execute()).map(({ actor, what }) => [actor, JSON.parse(what)])).toEqual([
    ['susi', { reason: '闸机未转动', recordId: admitted.RecordId }],
  ]);
  const [{ before } = { before: null }] = await operations.execute();
  expect(JSON.parse(before ?? '')).toMatchObject({ RecordId: admitted.RecordId, Gate: 'gate-1' });
  // Readers of the audit must not get the ticket.
  expect(before).not.toContain(ticket.code);
  await platform.until(() => platform.reversals.length > 0);
  expect(platform.reversals).toMatchObject([{ reverses: admitted.RecordId }]);
});
