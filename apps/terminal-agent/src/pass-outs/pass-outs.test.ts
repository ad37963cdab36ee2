// @module-tag service
import { epochOf } from '@ticket-check/protocol';
import { ticketKey } from '@ticket-check/simulators/peers';
import { expect, it } from 'vitest';
import { makeCinema, now } from '../testing/evening.ts';
import type { PlatformKind } from '../testing/test-cinema.ts';
import { keepPassOut, makePassOutCode } from './pass-outs.ts';

/** A terminal that has admitted a guest, who stepped out. */
async function steppedOut({ kind = 'claiming', PASS_OUTS = 'on' }: { kind?: PlatformKind; PASS_OUTS?: string } = {}) {
  const cinema = await makeCinema({ kind, settings: { PASS_OUTS } });
  const { platform, terminal, sell } = cinema;
  const ticket = sell();
  if (kind === 'e-tickets') platform.eTickets.create({ ...ticket.info, ticketInfoCode: ticket.code });
  const qr = kind === 'e-tickets' ? platform.eTickets.qr(ticket.code, { time: epochOf(now) / 1000 }) : ticket.code;
  const agent = await terminal.start();
  // The keys are there once a ticket was decided, and it is known what the platform speaks.
  await agent.scan(sell({ refundStatus: 'Yes' }).code);
  const first = await agent.scan(qr);
  expect(first.Verdict).toBe('ADMIT');
  await platform.received(1);
  const store = await terminal.open();
  const give = async () => {
    const code = makePassOutCode();
    await store.transaction((db) => keepPassOut(db, { recordId: first.RecordId ?? '', code, madeAt: now }));
    return code;
  };
  const entries = () => store.db.selectFrom('entry').select('recordId').execute();
  return { ...cinema, agent, ticket, first, store, give, entries, pass: await give() };
}

it('lets a guest back in once, confirmed, by undoing the entry and making another, and nobody with a copy of the ticket', async () => {
  const { platform, agent, ticket, first, pass } = await steppedOut();
  for (const gate of ['gate-1', 'gate-2'])
    expect(await agent.scan(ticket.code, gate)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  // The entry counts until the guest is back, who may never come.
  expect(platform.reversals).toEqual([]);
  const back = await agent.scan(pass.toUpperCase(), 'gate-2');
  expect(back).toMatchObject({ Verdict: 'ADMIT', Confirmed: true, SeatCode: first.SeatCode });
  expect(back.RecordId).not.toBe(first.RecordId);
  for (const text of [pass, ticket.code])
    expect(await agent.scan(text)).toMatchObject({ Verdict: 'ALREADY_ENTERED', FirstEntry: { Gate: 'gate-2' } });
  await platform.received(2);
  expect(platform.reversals).toMatchObject([{ reverses: first.RecordId }]);
  expect(platform.claims.standing.get(ticketKey(ticket.info))?.recordId).toBe(back.RecordId);
});

it('admits one of two who show the pass-out at two gates at once, and a third who shows the ticket', async () => {
  const { agent, ticket, pass, entries } = await steppedOut();
  const shown = await Promise.all([
    agent.scan(pass, 'gate-1'),
    agent.scan(pass, 'gate-2'),
    agent.scan(ticket.code, 'gate-2'),
  ]);
  expect(shown.filter(({ Verdict }) => Verdict === 'ADMIT')).toHaveLength(1);
  expect(await entries()).toEqual([{ recordId: shown.find(({ Verdict }) => Verdict === 'ADMIT')?.RecordId }]);
});

it('counts without a line and after a restart, once, and no longer once another was given', async () => {
  const { platform, terminal, agent, pass: lost, give, ticket } = await steppedOut();
  const pass = await give();
  await agent.close();
  await platform.stop();
  const again = await terminal.start();
  expect(await again.scan(lost)).toMatchObject({ Verdict: 'UNREADABLE' });
  expect(await again.scan(ticket.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  expect(await again.scan(pass)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  expect(await again.scan(pass, 'gate-2')).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
});

it('brings back the guest of an e-ticket, whose bare code admits nobody', async () => {
  const { agent, pass } = await steppedOut({ kind: 'e-tickets' });
  expect(await agent.scan(pass)).toMatchObject({ Verdict: 'ADMIT' });
});

it('keeps the entry after the session, and where pass-outs are off', async () => {
  const late = await steppedOut();
  late.wait(3 * 3_600_000);
  expect(await late.agent.scan(late.pass)).toMatchObject({ Verdict: 'EXPIRED' });
  const off = await steppedOut({ PASS_OUTS: 'off' });
  expect(await off.agent.scan(off.pass)).toMatchObject({
    Verdict: 'UNREADABLE',
    MessageZh: expect.stringContaining('离场凭证'),
  });
  for (const { entries, first } of [late, off]) expect(await entries()).toEqual([{ recordId: first.RecordId }]);
});
