// @module-tag service
import { addSeconds, epochOf, isReversal, ProtocolError, parseRecordId } from '@ticket-check/protocol';
import { ticketKey } from '@ticket-check/simulators/peers';
import { expect, it } from 'vitest';
import { keepPassOut } from '../journal/pass-outs.ts';
import { overrideRefusal } from '../override/override-refusal.ts';
import { clock, makeCinema, now } from '../testing/evening.ts';
import { OTHER_SCREEN, type PlatformKind } from '../testing/test-cinema.ts';
import { makeTerminal } from '../testing/test-terminal.ts';
import { undoEntry } from '../undo/undo-entry.ts';

const [OTHER, UNDO] = ['01936000-0000-7000-8000-0000000000a1', '01936000-0000-7000-8000-0000000000a2'].map(
  parseRecordId,
) as [ReturnType<typeof parseRecordId>, ReturnType<typeof parseRecordId>];

/** A terminal that has admitted a guest, who stepped out with a pass-out, and another terminal of the same platform. */
async function steppedOut(kind: PlatformKind = 'claiming') {
  const cinema = await makeCinema({ kind, settings: { PASS_OUTS: 'on' } });
  const { platform, terminal, sell } = cinema;
  const ticket = sell();
  if (kind === 'e-tickets') platform.eTickets.create({ ...ticket.info, ticketInfoCode: ticket.code });
  const qr = kind === 'e-tickets' ? platform.eTickets.qr(ticket.code, { time: epochOf(now) / 1000 }) : ticket.code;
  const agent = await terminal.start();
  // The keys are there once a ticket was decided, and it is known what the platform speaks.
  await agent.scan(sell({ refundStatus: 'Yes' }).code);
  const first = await agent.scan(qr);
  expect(first).toMatchObject({ Verdict: 'ADMIT' });
  const recordId = parseRecordId(first.RecordId ?? '');
  await platform.received(1);
  /** As our third-party platform answers. */
  const tellsEntry = (more = {}) =>
    platform.sell(ticket.info, { checkStatus: 'Yes', entry: { checkTime: now, recordId }, ...more });
  tellsEntry();
  const store = await terminal.open();
  let given = 1;
  const give = async () => {
    given += 1;
    const code = `passout-abcde-abcde-abcde-abcd${'abcdefghijkm'[given]}`;
    return (await store.transaction((db) => keepPassOut(db, { recordId, code, at: now }))) && code;
  };
  const elsewhere = await makeTerminal({ now: cinema.now });
  await elsewhere.setUpstream(await platform.issue('terminal-2'));
  const pass = (await give()) ?? '';
  const entries = () => store.db.selectFrom('entry').select('recordId').execute();
  const undone = () => store.db.selectFrom('reversal').select('reverses').execute();
  return { ...cinema, agent, ticket, recordId, store, give, pass, entries, undone, tellsEntry, elsewhere };
}

it('lets a guest back in once, confirmed, by one entry that replaces the other, and nobody with a copy of the ticket', async () => {
  const { platform, terminal, agent, ticket, recordId, pass, entries, elsewhere } = await steppedOut();
  const other = await elsewhere.start();
  const copiesAreRefused = async (here = agent) => {
    for (const copy of [await here.scan(ticket.code, 'gate-2'), await other.scan(ticket.code)])
      expect(copy).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  };
  await copiesAreRefused();
  expect(platform.reversals).toEqual([]);

  // The record of the return does not arrive: until it has, the platform must not hear of the undone entry, and take the ticket for unused.
  let refusals = 0;
  const hear = platform.replace('ReportOriginalCheckTickets', ({ CheckTickets }, usual) => {
    if (isReversal((CheckTickets as unknown[])[0], { extended: true })) return usual();
    refusals += 1;
    throw new ProtocolError('OVERLOADED', 'not now');
  });
  const back = await agent.scan(pass.toUpperCase(), 'gate-2');
  expect(back).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  expect(await entries()).toEqual([{ recordId: back.RecordId }]);
  // From here on only the claim stands against a copy.
  platform.sell(ticket.info);
  expect(await agent.scan(pass)).toMatchObject({ Verdict: 'UNREADABLE', MessageZh: expect.stringContaining('已使用') });
  await platform.until(() => refusals > 1);
  await copiesAreRefused();
  hear();
  await platform.received(2);
  await copiesAreRefused();

  await agent.close();
  const again = await terminal.start();
  await platform.until(() => platform.reversals.length > 0);
  expect(platform.reversals).toMatchObject([{ reverses: recordId }]);
  expect(platform.claims.standing.get(ticketKey(ticket.info))?.recordId).toBe(back.RecordId);
  await copiesAreRefused(again);
});

it('leaves the entry of a guest who is refused, and their pass-out', async () => {
  const { agent, ticket, pass, recordId, entries, undone, tellsEntry, terminal, platform } = await steppedOut();
  const kept = async () => {
    expect(await entries()).toEqual([{ recordId }]);
    expect(await undone()).toEqual([]);
  };
  tellsEntry({ refundStatus: 'Yes' });
  expect(await agent.scan(pass)).toMatchObject({ Verdict: 'REFUNDED' });
  await kept();
  tellsEntry();
  // A copy was admitted elsewhere before, by a terminal without a line.
  const { standing } = platform.claims;
  const own = standing.get(ticketKey(ticket.info))!;
  standing.set(ticketKey(ticket.info), { ...own, checkTime: addSeconds(now, -60), recordId: OTHER });
  expect(await agent.scan(pass)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  await kept();
  standing.set(ticketKey(ticket.info), own);
  await agent.close();
  const shut = await terminal.start({ settings: { GATES: `gate-1=${OTHER_SCREEN};gate-2=${OTHER_SCREEN}` } });
  expect(await shut.scan(pass)).toMatchObject({ Verdict: 'WRONG_SCREEN' });
  await kept();
  await shut.close();
  const off = await terminal.start({ settings: { PASS_OUTS: 'off' } });
  expect(await off.scan(pass)).toMatchObject({ Verdict: 'UNREADABLE' });
  await off.close();
  await platform.stop();
  const strict = await terminal.start({ settings: { OFFLINE_POLICY: 'refuse' } });
  expect(await strict.scan(pass)).toMatchObject({ Verdict: 'OFFLINE_REFUSED' });
  await kept();
  await strict.close();
  const again = await terminal.start();
  expect(await again.scan(pass)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  expect(await undone()).toEqual([{ reverses: recordId }]);
});

it('confirms a return by what the platform knows itself while the national one is away', async () => {
  const { platform, agent, pass } = await steppedOut();
  platform.claimReply = { stateKnown: false, ticket: null };
  const back = await agent.scan(pass);
  expect(back).toMatchObject({ Verdict: 'ADMIT', Confirmed: true, RefundStateKnown: false });
});

it('confirms no return while another entry is possible, nor one that follows it', async () => {
  const { platform, agent, pass, store } = await steppedOut();
  platform.claimReply = { entryPossible: true };
  const back = await agent.scan(pass);
  expect(back).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  platform.claimReply = {};
  await platform.until(() => platform.reversals.length > 0);
  const code = 'passout-abcde-abcde-abcde-abcdz';
  await store.transaction((db) => keepPassOut(db, { recordId: parseRecordId(back.RecordId ?? ''), code, at: now }));
  expect(await agent.scan(code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
});

it('admits one of two who show the pass-out at two gates at once, and a third who shows the ticket', async () => {
  const { agent, ticket, pass, entries } = await steppedOut();
  const shown = await Promise.all([
    agent.scan(pass, 'gate-1'),
    agent.scan(pass, 'gate-2'),
    agent.scan(ticket.code, 'gate-2'),
  ]);
  const admitted = shown.filter(({ Verdict }) => Verdict === 'ADMIT');
  expect(admitted).toHaveLength(1);
  expect(await entries()).toEqual([{ recordId: admitted[0]?.RecordId }]);
});

it('undoes nothing and admits nobody where the store takes only a part of it', async () => {
  const { agent, ticket, pass, recordId, store, entries, undone } = await steppedOut();
  await store.db.schema.alterTable('outbox').renameTo('outbox_away').execute();
  expect(await agent.scan(pass)).toMatchObject({ Verdict: 'STORE_UNAVAILABLE' });
  await store.db.schema.alterTable('outbox_away').renameTo('outbox').execute();
  expect([await entries(), await undone()]).toEqual([[{ recordId }], []]);
  await store.db.schema.alterTable('pass_out').renameTo('pass_out_away').execute();
  expect(await agent.scan(pass)).toMatchObject({ Verdict: 'STORE_UNAVAILABLE' });
  await store.db.schema.alterTable('pass_out_away').renameTo('pass_out').execute();
  const back = await agent.scan(pass);
  expect(back).toMatchObject({ Verdict: 'ADMIT' });
  // A crash came before the gate opened: the pass-out was used, the ticket itself opens it.
  await store.db.updateTable('scan').set({ openedAt: null }).execute();
  expect(await agent.scan(pass)).toMatchObject({ Verdict: 'UNREADABLE' });
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT', RecordId: back.RecordId });
});

it('does not count where the ticket has another admission, or its entry was undone, or another pass-out was given', async () => {
  const { agent, ticket, pass: lost, give, recordId, store, entries, undone } = await steppedOut();
  const pass = (await give()) ?? '';
  expect(await agent.scan(lost)).toMatchObject({ Verdict: 'UNREADABLE' });
  const refused = await agent.scan(ticket.code, 'gate-2');
  const at = { at: addSeconds(now, 5), epochMs: clock(), correctionMs: 0, trusted: true, stoodBack: false };
  const by = { recordId: OTHER, at, operator: 'susi', reason: '已核实', opensByAnswer: () => true };
  await store.transaction((db) => overrideRefusal({ ...store, db } as typeof store, refused.RecordId ?? '', by));
  expect(await agent.scan(pass)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  expect([await entries(), await undone()]).toEqual([[{ recordId }], []]);
  expect(await give()).toBeNull();

  await store.transaction((db) => undoEntry({ db, store }, recordId, { recordId: UNDO, at: now }));
  expect(await agent.scan(pass)).toMatchObject({ Verdict: 'UNREADABLE' });
  expect(await entries()).toEqual([{ recordId: OTHER }]);
});

it('lets nobody in whose entry a supervisor undoes while the platform is asked about the return', async () => {
  const { platform, agent, pass, recordId, store, entries } = await steppedOut();
  const asked = Promise.withResolvers<void>();
  const undone = Promise.withResolvers<void>();
  platform.replace('ClaimTicket', async (_, usual) => {
    asked.resolve();
    await undone.promise;
    return usual();
  });
  const back = agent.scan(pass);
  await asked.promise;
  await store.transaction((db) => undoEntry({ db, store }, recordId, { recordId: UNDO, at: now }));
  undone.resolve();
  expect(await back).toMatchObject({ Verdict: 'UNREADABLE' });
  expect(await entries()).toEqual([]);
});

it('opens no gate for the ticket of a guest who was let in by hand and left, and limits how often they come back', async () => {
  const { agent, ticket, recordId, store, give } = await steppedOut();
  await store.db.updateTable('scan').set({ openedAt: null }).where('recordId', '=', recordId).execute();
  const opened = () => store.db.selectFrom('scan').select('openedAt').where('recordId', '=', recordId).execute();
  let pass = await give();
  expect(await opened()).toEqual([{ openedAt: now }]);
  for (let returns = 1; returns < 8; returns += 1) {
    expect(await agent.scan(pass ?? '')).toMatchObject({ Verdict: 'ADMIT' });
    expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
    pass = await give();
  }
  expect(pass).toBeNull();
});

it('brings back the guest of an e-ticket, whose bare code admits nobody', async () => {
  const { agent, pass, store } = await steppedOut('e-tickets');
  const back = await agent.scan(pass);
  expect(back).toMatchObject({ Verdict: 'ADMIT' });
  const scan = store.db
    .selectFrom('scan')
    .select('eTicketTime')
    .where('recordId', '=', back.RecordId ?? '');
  expect(await scan.executeTakeFirst()).toEqual({ eTicketTime: now });
});
