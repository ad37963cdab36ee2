// @module-tag service

import { addSeconds, parseCinemaCode, UNTOLD_ORIGIN } from '@ticket-check/protocol';
import { describe, expect, it } from 'vitest';
import { film, makeCinema, now, startCinema, ukey } from '../testing/evening.ts';
import { OTHER_SCREEN, SCREEN, sellTicket } from '../testing/test-cinema.ts';

describe.each(['extended', 'plain'] as const)('with an upstream that is %s', (kind) => {
  it('admits a sold ticket once, and its record arrives once with the RecordId and time of the scan', async () => {
    const { platform, sell, agent } = await startCinema({ kind });
    const ticket = sell();

    const admitted = await agent.scan(`${ticket.code}\r\n`);
    expect(admitted).toMatchObject({
      Verdict: 'ADMIT',
      Confirmed: false,
      FilmTicketCode: ticket.info.filmTicketCode,
      ScreenCode: SCREEN,
      SeatCode: '00000401_##8_##9',
      StartTime: film,
      ScreenName: '7号厅',
      FilmName: '示例影片',
      RowNum: 8,
      ColumnNum: 9,
    });
    const again = await agent.scan(ticket.code, 'gate-2');
    expect(again).toMatchObject({ Verdict: 'ALREADY_ENTERED', FirstEntry: { CheckTime: now, Gate: 'gate-1' } });

    await platform.received(1);
    await agent.close();
    expect(platform.records).toHaveLength(1);
    expect(platform.records[0]).toMatchObject({
      recordId: kind === 'extended' ? admitted.RecordId : null,
      checkTime: now,
      ticketInfoCode: ticket.code,
      ticketType: '网络售票',
      screenName: '7号厅',
      price: 4500,
    });
    // A plain platform gets only the elements of the scheme.
    const origin = { ...UNTOLD_ORIGIN, gate: 'gate-1', offline: false, decidedMs: 0 };
    expect([...platform.origins.values()]).toEqual(kind === 'extended' ? [origin] : []);
  });

  it('refuses what the upstream knows to be refunded or entered', async () => {
    const { platform, terminal, sell } = await makeCinema({ kind });
    const refunded = sell({ refundStatus: 'Yes', refundTime: now });
    // With its RecordId or without, as far as the platform speaks of it.
    const entry = { checkTime: addSeconds(now, -300), recordId: '01936000-0000-7000-8000-000000000001' as never };
    const entered = sell({ checkStatus: 'Yes', entry });
    const agent = await terminal.start();
    expect(await agent.scan(refunded.code)).toMatchObject({ Verdict: 'REFUNDED' });
    const first = kind === 'extended' ? { FirstEntry: { CheckTime: entry.checkTime } } : {};
    expect(await agent.scan(entered.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED', ...first });
    expect(platform.records).toEqual([]);
  });

  it('admits or refuses a ticket that the upstream does not know, by the policy of the cinema', async () => {
    const { terminal } = await makeCinema({ kind });
    const lenient = await terminal.start();
    expect(await lenient.scan(sellTicket(ukey, film).code)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
    await lenient.close();
    const strict = await terminal.start({ settings: { UNKNOWN_TICKET_POLICY: 'refuse' } });
    expect(await strict.scan(sellTicket(ukey, film).code)).toMatchObject({ Verdict: 'NOT_SOLD' });
  });
});

it('refuses by code, time and screen without asking anybody', async () => {
  const { platform, agent } = await startCinema({ settings: { GATES: `gate-1=${OTHER_SCREEN}` } });
  for (const [code, verdict] of [
    [sellTicket(ukey, film, parseCinemaCode('11000001')).code, 'WRONG_CINEMA'],
    [sellTicket(ukey, addSeconds(now, 3601)).code, 'TOO_EARLY'],
    [sellTicket(ukey, addSeconds(now, -7201)).code, 'EXPIRED'],
    [sellTicket(ukey, film).code, 'WRONG_SCREEN'],
    [sellTicket(ukey, film).code.toUpperCase(), 'UNREADABLE'],
  ]) {
    expect(await agent.scan(`${code}`)).toMatchObject({ Verdict: verdict });
  }
  expect(platform.asked).not.toContain('GetTicketInfo');
});

it('keeps scans that failed', async () => {
  const { terminal, agent } = await startCinema();
  await agent.scan('6901234567892');
  const { RecordId } = await agent.scan(sellTicket(ukey, addSeconds(now, -7201)).code, 'gate-2');
  const { db } = await terminal.open();
  const scans = await db.selectFrom('scan').selectAll().orderBy('sequence').execute();
  expect(scans).toMatchObject([
    { verdict: 'UNREADABLE', detail: 'product-code', gate: 'gate-1', filmTicketCode: null },
    { verdict: 'EXPIRED', gate: 'gate-2', recordId: RecordId, scannedAt: now },
  ]);
});
