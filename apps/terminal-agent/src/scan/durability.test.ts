// @module-tag service

import { APIS, type RecordId } from '@ticket-check/protocol';
import type { PeerPlatform } from '@ticket-check/simulators/peers';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { recordIds } from '../check-records/make-record.ts';
import type { TerminalStore } from '../tables.ts';
import { clock, film, makeCinema, now, ukey } from '../testing/evening.ts';
import { type PlatformKind, sellTicket } from '../testing/test-cinema.ts';
import { notingGates } from '../testing/test-gates.ts';
import { listedScans, type TerminalSite } from '../testing/test-terminal.ts';

async function soldTicket(kind: PlatformKind = 'extended') {
  const { sell, ...cinema } = await makeCinema({ kind });
  return { ...cinema, sell, ticket: sell() };
}

async function startSold({ kind, ...options }: { kind?: PlatformKind } & Parameters<TerminalSite['start']>[0] = {}) {
  const made = await soldTicket(kind);
  return { ...made, agent: await made.terminal.start(options) };
}

/** Makes the database refuse a change, as a full disk would, until the answer is called. */
async function refuse({ db }: TerminalStore, change: string): Promise<() => Promise<unknown>> {
  await sql`create trigger disk_full before ${sql.raw(change)} begin select raise(abort, 'disk full'); end`.execute(db);
  return () => sql`drop trigger disk_full`.execute(db);
}

async function scanRows({ db }: TerminalStore) {
  return db.selectFrom('scan').select(['recordId', 'verdict', 'openedAt']).orderBy('sequence').execute();
}

it.each([
  ['intent', 'insert on scan'],
  ['decision', 'update of verdict on scan'],
  ['entry', 'insert on entry'],
  ['check record', 'insert on check_record'],
  ['place in the outbox', 'insert on outbox'],
])('opens no gate when the %s cannot be stored, and says why', async (_name, change) => {
  const { driverOf, opened } = notingGates();
  const { platform, terminal, ticket, agent } = await startSold({ driverOf });
  const store = await terminal.open();
  const repair = await refuse(store, change);
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'STORE_UNAVAILABLE' });
  expect(opened).toEqual([]);
  expect(await store.db.selectFrom('entry').selectAll().execute()).toEqual([]);
  await repair();
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT' });
  await platform.received(1);
  expect(opened).toHaveLength(1);
});

it('has the intent on disk before it asks the upstream', async () => {
  const { platform, terminal, ticket, sell, agent } = await startSold();
  const store = await terminal.open();
  // Once this one is decided, the keys are there.
  await agent.scan(sell({ refundStatus: 'Yes' }).code);

  const release = platform.hold();
  const asked = platform.nextAsked('GetTicketInfo');
  const scanning = agent.scan(ticket.code);
  await asked;
  expect((await scanRows(store))[1]).toMatchObject({ verdict: null, openedAt: null });
  release();
  expect(await scanning).toMatchObject({ Verdict: 'ADMIT' });
});

it.each(['extended', 'claiming'] as const)(
  'asks an upstream that is %s nothing where the intent cannot be stored',
  async (kind) => {
    const { platform, terminal, ticket, agent } = await startSold({ kind });
    expect(await agent.scan(sellTicket(ukey, film).code)).toMatchObject({ Verdict: 'ADMIT' });
    platform.asked.length = 0;
    await refuse(await terminal.open(), 'insert on scan');
    expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'STORE_UNAVAILABLE' });
    await agent.close();
    expect(platform.asked.filter((api) => api === APIS.claimTicket || api === APIS.getTicketInfo)).toEqual([]);
  },
);

it('stores a scan that asks nobody only with its decision: cut off, it leaves nothing, and it claims nothing later', async () => {
  const { platform, terminal, ticket, sell, agent } = await startSold({ settings: { OFFLINE_AFTER_SILENCES: '1' } });
  const store = await terminal.open();
  const next = sellTicket(ukey, film);
  expect(await agent.scan(sell().code)).toMatchObject({ Verdict: 'ADMIT' });
  await platform.stop();
  expect(await agent.scan(next.code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  // From here on nobody waits for the upstream.
  const repair = await refuse(store, 'insert on entry');
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'STORE_UNAVAILABLE' });
  expect(await scanRows(store)).toHaveLength(2);
  await repair();
  const [one, other] = await Promise.all([agent.scan(ticket.code), agent.scan(ticket.code, 'gate-2')]);
  expect([one.Verdict, other.Verdict].sort()).toEqual(['ADMIT', 'ALREADY_ENTERED']);
  expect((await scanRows(store)).map(({ verdict }) => verdict).sort()).toEqual([
    'ADMIT',
    'ADMIT',
    'ADMIT',
    'ALREADY_ENTERED',
  ]);
  expect(await store.db.selectFrom('claimRelease').selectAll().execute()).toEqual([]);
});

it('does not take what an earlier scan claimed, that a crash cut off, for another guest with the ticket', async () => {
  const { platform, terminal, ticket } = await soldTicket();
  const copied = sellTicket(ukey, film);
  const first = await terminal.start();
  const store = await terminal.open();
  const repair = await refuse(store, 'insert on entry');
  const cutOff = await Promise.all([first.scan(ticket.code), first.scan(copied.code)]);
  for (const verdict of cutOff) expect(verdict).toMatchObject({ Verdict: 'STORE_UNAVAILABLE' });
  await first.close();
  await repair();
  const intents = await store.db.selectFrom('scan').select(['recordId', 'filmTicketCode']).execute();
  const claimed = intents.find(({ filmTicketCode }) => filmTicketCode === ticket.info.filmTicketCode)?.recordId;
  await platform.stop();

  const second = await terminal.start();
  for (const { code } of [ticket, copied]) {
    expect(await second.scan(code, 'gate-2')).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  }
  const entered = { checkStatus: 'Yes', entry: { checkTime: now, recordId: claimed as RecordId } } as const;
  platform.sell(ticket.info, entered);
  platform.sell(copied.info, { ...entered, entry: { ...entered.entry, recordId: recordIds(clock)() } });
  await platform.restart();
  const asked = store.db.selectFrom('recheck').selectAll().where('timesAsked', '=', 0);
  await expect.poll(() => asked.execute()).toEqual([]);
  const admissions = (await listedScans(terminal)).filter(({ Verdict }) => Verdict === 'ADMIT');
  expect(admissions).toMatchObject([
    { FilmTicketCode: ticket.info.filmTicketCode, LateVerdict: null },
    { FilmTicketCode: copied.info.filmTicketCode, LateVerdict: 'ALREADY_ENTERED' },
  ]);
});

it('releases the claim of a scan that a crash cut off, once the ticket is admitted at another gate', async () => {
  const { platform, terminal, ticket } = await soldTicket('claiming');
  const first = await terminal.start();
  const store = await terminal.open();
  const repair = await refuse(store, 'insert on entry');
  expect(await first.scan(ticket.code)).toMatchObject({ Verdict: 'STORE_UNAVAILABLE' });
  await first.close();
  await repair();
  const [cutOff] = await scanRows(store);
  await platform.stop();

  const second = await terminal.start();
  const entered = await second.scan(ticket.code, 'gate-2');
  expect(entered).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  // What was claimed keeps others out until the entry is known.
  const known: (RecordId | null)[][] = [];
  platform.replace(APIS.releaseClaim, (_query, usual) => {
    known.push(platform.records.map(({ recordId }) => recordId));
    return usual();
  });
  await platform.restart();
  await platform.until(() => platform.claims.released.has(cutOff?.recordId as RecordId));
  expect(known).toEqual([[entered.RecordId]]);
  expect(await scanRows(store)).toMatchObject([
    { recordId: cutOff?.recordId, verdict: 'ALREADY_ENTERED' },
    { recordId: entered.RecordId, verdict: 'ADMIT' },
  ]);
});

it('opens for an admitted guest whose gate did not, at that gate only, with one record in all', async () => {
  const { platform, terminal, ticket } = await soldTicket();
  const noted = notingGates();
  noted.stuck = true;
  const first = await terminal.start({ driverOf: noted.driverOf });
  const admitted = await first.scan(ticket.code);
  expect(admitted).toMatchObject({ Verdict: 'ADMIT' });
  await platform.received(1);
  await first.close();

  noted.stuck = false;
  const second = await terminal.start({ driverOf: noted.driverOf });
  expect(await second.scan(ticket.code, 'gate-2')).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  expect(await second.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT', RecordId: admitted.RecordId });
  expect(await second.scan(ticket.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  expect(noted.opened).toEqual([['gate-1', admitted.RecordId]]);
  await second.close();
  expect(platform.records).toHaveLength(1);
});

it.each([
  ['no line', (platform: PeerPlatform) => platform.stop()],
  ['no word of refunds', async (platform: PeerPlatform) => Object.assign(platform, { tellsState: false })],
  ['all that it asked', async () => undefined],
])('says when it opens again what the first answer said: %s', async (_name, happen) => {
  const { platform, terminal, ticket } = await soldTicket('claiming');
  const noted = notingGates();
  const first = await terminal.start({ driverOf: noted.driverOf });
  await first.scan(sellTicket(ukey, film).code);
  await happen(platform);
  noted.stuck = true;
  const { ElapsedMs: _, ScreenName, FilmName, RowNum, ColumnNum, GateOpened, ...said } = await first.scan(ticket.code);
  expect(said).toMatchObject({ Verdict: 'ADMIT', RefundStateKnown: expect.any(Boolean) });
  expect([GateOpened, said.Message, said.MessageZh]).toEqual([
    false,
    expect.stringContaining('; the gate did not open'),
    expect.stringContaining('；闸机未打开'),
  ]);
  await first.close();

  noted.stuck = false;
  const second = await terminal.start({ driverOf: noted.driverOf });
  expect(await second.scan(ticket.code)).toEqual({
    ...said,
    Message: said.Message.split('; the gate')[0],
    MessageZh: said.MessageZh.split('；闸机')[0],
    ElapsedMs: expect.any(Number),
  });
  expect(noted.opened.at(-1)).toEqual(['gate-1', said.RecordId]);
});

it('marks a gate without hardware as opened with the decision, before the answer that lets the guest in', async () => {
  const { terminal, ticket, agent } = await startSold();
  const store = await terminal.open();
  await refuse(store, 'update of opened_at on scan when new.verdict is old.verdict');
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT' });
  expect(await scanRows(store)).toMatchObject([{ verdict: 'ADMIT', openedAt: now }]);
  await agent.close();
  expect(await (await terminal.start()).scan(ticket.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
});

it('does not open twice where the store could not keep that the gate had opened', async () => {
  const { driverOf, opened } = notingGates();
  const { terminal, ticket, agent } = await startSold({ driverOf });
  await refuse(await terminal.open(), 'update of opened_at on scan');
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT' });
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  expect(opened).toHaveLength(1);
});

it('opens once for what one scanner sends twice, and again where the gate did not take it', async () => {
  const noted = notingGates();
  const { terminal, ticket, agent } = await startSold({ driverOf: noted.driverOf });
  noted.stuck = true;
  const stuck = await agent.scan(ticket.code, 'gate-1', 'hand-held');
  expect(stuck).toMatchObject({ Verdict: 'ADMIT' });
  noted.stuck = false;
  const [first, ...repeated] = await Promise.all(
    Array.from({ length: 3 }, () => agent.scan(ticket.code, 'gate-1', 'hand-held')),
  );
  expect(first).toMatchObject({ Verdict: 'ADMIT', RecordId: stuck.RecordId });
  for (const verdict of repeated) {
    expect(verdict).toMatchObject({ Verdict: 'ADMIT', RecordId: stuck.RecordId, Repeated: true });
  }
  expect(noted.opened).toEqual([['gate-1', stuck.RecordId]]);
  expect(await agent.scan(ticket.code, 'gate-1', 'another')).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  expect(await scanRows(await terminal.open())).toHaveLength(2);
});

it('tells staff, where no hardware shuts the gate, that a code which comes again is no second guest', async () => {
  const { terminal, ticket, agent } = await startSold({ settings: { DEBOUNCE_MS: '10000' } });
  const read = () => agent.scan(ticket.code, 'gate-1', 'hand-held');
  const [first, joined] = await Promise.all([read(), read()]);
  expect(first).toMatchObject({ Verdict: 'ADMIT' });
  // Two events of one physical read.
  expect(joined).toMatchObject({ Verdict: 'ADMIT', Repeated: true });
  expect(await read()).toMatchObject({
    Verdict: 'ALREADY_ENTERED',
    RecordId: first?.RecordId,
    Repeated: true,
    FirstEntry: { CheckTime: now, Gate: 'gate-1' },
    Message: expect.stringContaining('The same code as just now'),
    MessageZh: expect.stringContaining('如为同一观众，已放行入场'),
  });
  expect(await scanRows(await terminal.open())).toHaveLength(1);
});

it.each([
  ['one gate', () => 'gate-1'],
  ['fifty gates', (index: number) => `gate-${index}`],
])('admits one of fifty simultaneous scans of a ticket at %s', async (_name, gateOf) => {
  const { platform, terminal, ticket } = await soldTicket();
  const { driverOf, opened } = notingGates();
  const GATES = Array.from({ length: 50 }, (_, index) => `gate-${index}`).join(';');
  const agent = await terminal.start({ driverOf, settings: { GATES } });
  const verdicts = await Promise.all(Array.from({ length: 50 }, (_, index) => agent.scan(ticket.code, gateOf(index))));
  const admitted = verdicts.filter(({ Verdict }) => Verdict === 'ADMIT');
  expect(admitted).toHaveLength(1);
  expect(verdicts.filter(({ Verdict }) => Verdict === 'ALREADY_ENTERED')).toHaveLength(49);
  expect(opened.map(([, recordId]) => recordId)).toEqual([admitted[0]?.RecordId]);
  await platform.received(1);
  await agent.close();
  expect(platform.records.map(({ recordId }) => recordId)).toEqual([admitted[0]?.RecordId]);
});
