import { randomBytes } from 'node:crypto';
import type { Store } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { AuthorityTables } from './shared-authority.ts';

/**
 * The secret of TLS session tickets, another each day of UTC, from the database: a caller resumes its session at any process, and after
 * a restart. Node accepts no former one beside it, so that after midnight each caller makes one full handshake.
 */
export function createTicketKeys(store: Store<AuthorityTables>, now: () => number): () => Promise<Buffer> {
  const db = store.db as Kysely<AuthorityTables>;
  let kept: { day: string; keys: Buffer } | undefined;

  return async () => {
    const day = new Date(now()).toISOString().slice(0, 'YYYY-MM-DD'.length);
    if (kept?.day === day) return kept.keys;
    await db
      .insertInto('ticketKey')
      .values({ day, key: randomBytes(48).toString('hex') })
      .onConflict((conflict) => conflict.column('day').doNothing())
      .execute();
    const { key } = await db.selectFrom('ticketKey').select('key').where('day', '=', day).executeTakeFirstOrThrow();
    await db.deleteFrom('ticketKey').where('day', '<', day).execute();
    kept = { day, keys: Buffer.from(key, 'hex') };
    return kept.keys;
  };
}
