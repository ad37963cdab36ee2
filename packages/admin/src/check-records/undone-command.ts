import { type CheckRecordTables, createReversals, type UndoneRecord } from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import { withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { lastOption } from './command-options.ts';

/**
 * Adds `records undone`: undone entries, and whether the platform above knows; until it does, the entry counts there.
 * Reading R9.
 */
export function undoneCommand<DB extends CheckRecordTables>(
  records: Command,
  { upstream, store }: { upstream: string; store: Pick<CommandStore<DB>, 'look'> },
): void {
  records
    .command('undone')
    .description(`list undone entries and whether ${upstream} knows`)
    .addOption(lastOption())
    .action(({ last }: { last: number }) =>
      store.look({ name: 'records undone', what: { last } }, async (opened, print) => {
        const reversals = createReversals(withTables(opened));
        for (const undone of await reversals.list(last)) print(undoneJson(undone));
      }),
    );
}

/** An entry that was undone, in the names of the wire. */
function undoneJson(undone: UndoneRecord): Record<string, unknown> {
  const { account, deliveredAt, errorCode } = undone;
  return {
    RecordId: undone.recordId,
    Reverses: undone.reverses,
    CinemaCode: undone.cinemaCode,
    FilmTicketCode: undone.filmTicketCode,
    StartTime: undone.startTime,
    CheckTime: undone.checkTime,
    ReversedAt: undone.reversedAt,
    ...(account !== '' && { Account: account }),
    Upstream: deliveredAt !== null ? 'DELIVERED' : errorCode === null ? 'WAITING' : 'REFUSED',
    ErrorCode: errorCode,
  };
}
