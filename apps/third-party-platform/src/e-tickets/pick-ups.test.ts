import { ticketText } from '@ticket-check/check-records';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../database.ts';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { openETickets } from './e-ticket-store.ts';

describeEachEngine('a ticket', (engine) => {
  test('that is picked up on paper while another process makes its e-ticket is not reported as live', async () => {
    const url = await engine.url();
    const open = () => engine.open<ThirdPartyTables>(thirdPartyMigrations, url);
    const [store, other] = [await open(), await open()];
    const [eTickets, booth] = [await openETickets(store, Date.now), await openETickets(other, Date.now)];
    const ukey = makeUkey();
    const tickets = Array.from({ length: 40 }, () => sellTicket(ukey));
    await Promise.all(
      tickets.flatMap(({ code, info }, index) => {
        const { startTime, cinemaCode, filmTicketCode } = info;
        const ticket = { startTime, cinemaCode, filmTicketCode };
        const making = () => eTickets.create({ ...ticket, ticketInfoCode: code }, 'seller-1');
        const takingAway = () => booth.recordPickUp(ticket, 'booth-1');
        const both = index % 2 === 0 ? [making, takingAway] : [takingAway, making];
        return both.map((one) => one());
      }),
    );
    const noted = await store.db.selectFrom('changePending').selectAll().where('kind', '=', 'eticket-live').execute();
    expect(noted.map(ticketText)).toEqual([]);
    expect(await Promise.all(tickets.map(({ info }) => eTickets.isLive(info)))).toEqual(tickets.map(() => false));
  });
});
