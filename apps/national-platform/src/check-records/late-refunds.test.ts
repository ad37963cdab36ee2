import { countDay, countFound, createRecordStore, lateRefundsIn } from '@ticket-check/check-records';
import { businessDate, parseWallClock, type TicketRow } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { type NationalTables, nationalMigrations } from '../database.ts';
import { importRows } from '../intake/import-rows.ts';
import { cinemaKind, refundKind } from '../intake/kinds.ts';
import { CINEMA, makeTicket, makeUkey, NOW, receivedRecord } from '../testing/test-cinema.ts';

const CHECKED = parseWallClock('2026-11-24T19:10:00');
const ukey = makeUkey();

describeEachEngine('the report of the national platform', ({ open }) => {
  it('counts the entries of refunded tickets, by platform and gate, whichever came first', async () => {
    const store = await open<NationalTables>(nationalMigrations);
    const [entered, refundedFirst, aside, fine] = [makeTicket(1), makeTicket(2), makeTicket(3), makeTicket(4)];
    const refund = (tickets: readonly TicketRow[]) =>
      importRows(
        refundKind,
        { store, now: () => NOW },
        tickets.map(({ cinemaCode, filmTicketCode, startTime }) => ({
          ...{ cinemaCode, filmTicketCode, startTime },
          refundTime: parseWallClock('2026-11-24T18:00:00'),
        })),
      );
    await importRows(cinemaKind, { store, now: () => NOW }, [{ cinemaCode: CINEMA, cinemaName: '示例影城' }]);
    await refund([refundedFirst, aside]);
    await createRecordStore(store).keep(
      [
        receivedRecord(entered, ukey, 1, { gate: 'gate-1', offline: true }),
        receivedRecord(refundedFirst, ukey, 2, { gate: 'gate-1', offline: false }),
        receivedRecord(aside, ukey, 3, { gate: 'gate-1', quarantine: 'CODE_NOT_GENUINE' }),
        receivedRecord(fine, ukey, 4, { account: 'platform-b' }),
      ],
      { forward: false },
    );
    await refund([entered]);
    const { find: lateRefunds, isOne } = lateRefundsIn(store, 'refund');
    const lines = await countDay(store, { date: businessDate(CHECKED), by: 'gate', lateRefunds });
    expect(lines).toMatchObject([
      { account: 'platform-a', gate: 'gate-1', entries: 2, lateRefunds: 2, offline: 1, offlineTold: 2 },
      // A plain platform says nothing of gates.
      { account: 'platform-b', gate: '', entries: 1, lateRefunds: 0, offline: 0, offlineTold: 0 },
    ]);
    const search = { dates: [businessDate(CHECKED)], cinemas: CINEMA, counted: 'REFUNDED', isRefunded: isOne } as const;
    expect(await countFound(store, search, { max: 9 })).toBe(2);
  });
});
