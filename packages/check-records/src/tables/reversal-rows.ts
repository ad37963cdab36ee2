import type { Reversal, WallClock } from '@ticket-check/protocol';
import { type RawBuilder, sql } from 'kysely';
import { identityOf } from './keys.ts';
import type { OwnDb } from './tables.ts';

/** A compensating record as it comes into a store. Reading R9. */
export type ReceivedReversal = Reversal & { readonly account: string; readonly receivedAt: WallClock };

/** A compensating record from its row, which holds the identity of the record but not its code. */
export type KeptReversal = Omit<ReceivedReversal, 'ticketInfoCode'> & { readonly identity: string };

/** Identifies the reversal of a record: undoing it again changes nothing. */
export const REVERSAL_KEY = ['reverses', 'identity', 'cinemaCode', 'account'] as const;

export function reversalRowOf({ ticketInfoCode, ...reversal }: ReceivedReversal): KeptReversal {
  return { ...reversal, identity: identityOf({ ...reversal, ticketInfoCode }) };
}

/**
 * Whether a check record was undone: whether its compensating record is here through the same account. Nothing is written into the
 * record, so the order in which the two came does not matter. Reading R9.
 */
export function isUndone(table: string): RawBuilder<boolean> {
  return sql<boolean>`exists (select 1 from reversal where ${reverses('reversal', table)})`;
}

/** Selects from the records that count as entries: neither quarantined nor undone. Readings R3, R9. */
export function selectEntries(db: OwnDb) {
  return db
    .selectFrom('checkRecord')
    .where('checkRecord.quarantine', 'is', null)
    .where((eb) => eb.not(isUndone('checkRecord')));
}

/** Whether a compensating record reverses a check record, both by the names that a query gives the tables. */
export function reverses(reversal: string, record: string): RawBuilder<boolean> {
  const equal = (column: string, of: string) =>
    sql`${sql.ref(`${reversal}.${column}`)} = ${sql.ref(`${record}.${of}`)}`;
  return sql<boolean>`${equal('reverses', 'recordId')} and ${equal('identity', 'identity')}
    and ${equal('cinemaCode', 'cinemaCode')} and ${equal('account', 'account')}`;
}
