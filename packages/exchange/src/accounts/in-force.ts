import { wallClockAt } from '@ticket-check/protocol';
import { type RawBuilder, sql } from 'kysely';

/** In a statement, whether a row of the table of accounts, under the name that it has there, is of one in force (`isInForce`). */
export function isAccountInForce(name: string, now: number): RawBuilder<boolean> {
  const [revokedAt, expiresAt] = [sql.ref(`${name}.revokedAt`), sql.ref(`${name}.expiresAt`)];
  return sql<boolean>`(${revokedAt} is null and (${expiresAt} is null or ${expiresAt} > ${wallClockAt(now)}))`;
}
