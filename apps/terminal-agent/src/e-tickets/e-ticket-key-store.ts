import { type ETicketKey, type ETicketKeys, eTicketPublicKeyText, parseETicketPublicKey } from '@ticket-check/protocol';
import type { Migrations, Store } from '@ticket-check/storage';
import type { Selectable } from 'kysely';
import { forgetLiveETickets, type KnownChangeTables } from '../changes/follow-upstream.ts';

/** The keys that the platform above signs e-tickets with. Times are wall clocks of Asia/Shanghai unless noted. */
export type ETicketKeyTables = {
  eTicketKey: {
    keyId: string;
    /** The 32 bytes of an Ed25519 key in Base64. */
    publicKey: string;
    validFrom: string;
    validUntil: string;
    revokedAt: string | null;
    /** 0: no longer listed by the platform. */
    listed: number;
  };
  /** One row: the host in its e-tickets, and when it last answered, in epoch milliseconds. */
  eTicketSource: { id: number; host: string; fetchedAt: number };
};

/** The tables of e-ticket keys, kept to check e-tickets offline. Reading C5. */
export const eTicketKeyMigrations: Migrations = {
  '0001': async (db) => {
    await db.schema
      .createTable('e_ticket_key')
      .addColumn('key_id', 'text', (column) => column.primaryKey())
      .addColumn('public_key', 'text', (column) => column.notNull())
      .addColumn('valid_from', 'text', (column) => column.notNull())
      .addColumn('valid_until', 'text', (column) => column.notNull())
      .addColumn('revoked_at', 'text')
      .addColumn('listed', 'integer', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('e_ticket_source')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('host', 'text', (column) => column.notNull())
      .addColumn('fetched_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};

/** A known key; `listed`: in the platform's last answer. */
export type KnownETicketKey = ETicketKey & { readonly listed: boolean };

/** The known keys of a platform's e-tickets. */
export type KnownETicketKeys = {
  readonly host: string;
  readonly keys: ReadonlyMap<string, KnownETicketKey>;
  /** Epoch milliseconds. */
  readonly fetchedAt: number;
};

/** How many keys that are no longer listed are kept, so that a screenshot counts as old and not as forged. */
const MAX_FORMER = 64;

/** Loads the keys; null if the platform never listed any. */
export async function loadETicketKeys(store: Store<ETicketKeyTables>): Promise<KnownETicketKeys | null> {
  const source = await store.db.selectFrom('eTicketSource').selectAll().executeTakeFirst();
  if (source === undefined) return null;
  const rows = await store.db.selectFrom('eTicketKey').selectAll().execute();
  return { host: source.host, fetchedAt: source.fetchedAt, keys: new Map(rows.map((row) => [row.keyId, keyOf(row)])) };
}

/** Rows are written only from parsed keys, so their values are valid. */
function keyOf({ publicKey, listed, ...row }: Selectable<ETicketKeyTables['eTicketKey']>): KnownETicketKey {
  const key = row as Pick<ETicketKey, 'keyId' | 'validFrom' | 'validUntil' | 'revokedAt'>;
  return { ...key, publicKey: parseETicketPublicKey(publicKey), listed: listed === 1 };
}

/** Forgets all keys and live e-tickets, when the platform above has no e-tickets or was replaced. */
export async function forgetETicketKeys(store: Store<ETicketKeyTables & KnownChangeTables>): Promise<void> {
  await store.transaction(async (trx) => {
    await forgetLiveETickets(trx);
    await trx.deleteFrom('eTicketSource').execute();
    await trx.deleteFrom('eTicketKey').execute();
  });
}

/**
 * Keeps the platform's answer in one transaction. Earlier keys of the same host stay as former ones; those of another host go.
 */
export async function keepETicketKeys(
  store: Store<ETicketKeyTables>,
  { host, keys }: ETicketKeys,
  fetchedAt: number,
): Promise<void> {
  await store.transaction(async (trx) => {
    const source = await trx.selectFrom('eTicketSource').select('host').executeTakeFirst();
    if (source?.host === host) await trx.updateTable('eTicketKey').set({ listed: 0 }).execute();
    else await trx.deleteFrom('eTicketKey').execute();
    for (const { keyId, publicKey, validFrom, validUntil, revokedAt } of keys) {
      const row = { publicKey: eTicketPublicKeyText(publicKey), validFrom, validUntil, revokedAt, listed: 1 };
      await trx
        .insertInto('eTicketKey')
        .values({ keyId, ...row })
        .onConflict((conflict) => conflict.column('keyId').doUpdateSet(row))
        .execute();
    }
    const former = trx
      .selectFrom('eTicketKey')
      .select('keyId')
      .where('listed', '=', 0)
      .orderBy('validUntil', 'desc')
      .limit(-1)
      .offset(MAX_FORMER);
    await trx.deleteFrom('eTicketKey').where('keyId', 'in', former).execute();
    await trx
      .insertInto('eTicketSource')
      .values({ id: 1, host, fetchedAt })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ host, fetchedAt }))
      .execute();
  });
}
