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
      .execute();
    await db.schema
      .createTable('e_ticket_source')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('host', 'text', (column) => column.notNull())
      .addColumn('fetched_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};

/** The known keys of a platform's e-tickets. */
export type KnownETicketKeys = {
  readonly host: string;
  readonly keys: ReadonlyMap<string, ETicketKey>;
  /** Epoch milliseconds. */
  readonly fetchedAt: number;
};

/** Loads the keys; null if the platform never listed any. */
export async function loadETicketKeys(store: Store<ETicketKeyTables>): Promise<KnownETicketKeys | null> {
  const source = await store.db.selectFrom('eTicketSource').selectAll().executeTakeFirst();
  if (source === undefined) return null;
  const rows = await store.db.selectFrom('eTicketKey').selectAll().execute();
  return { host: source.host, fetchedAt: source.fetchedAt, keys: new Map(rows.map((row) => [row.keyId, keyOf(row)])) };
}

/** Rows are written only from parsed keys, so their values are valid. */
function keyOf({ publicKey, ...row }: Selectable<ETicketKeyTables['eTicketKey']>): ETicketKey {
  const key = row as Omit<ETicketKey, 'publicKey'>;
  return { ...key, publicKey: parseETicketPublicKey(publicKey) };
}

/** Forgets all keys and live e-tickets, when the platform above has no e-tickets or was replaced. */
export async function forgetETicketKeys(store: Store<ETicketKeyTables & KnownChangeTables>): Promise<void> {
  await store.transaction(async (trx) => {
    await forgetLiveETickets(trx);
    await trx.deleteFrom('eTicketSource').execute();
    await trx.deleteFrom('eTicketKey').execute();
  });
}

/** Keeps the platform's answer in place of the one before. */
export async function keepETicketKeys(
  store: Store<ETicketKeyTables>,
  { host, keys }: ETicketKeys,
  fetchedAt: number,
): Promise<void> {
  await store.transaction(async (trx) => {
    await trx.deleteFrom('eTicketKey').execute();
    for (const { publicKey, ...key } of keys) {
      await trx
        .insertInto('eTicketKey')
        .values({ ...key, publicKey: eTicketPublicKeyText(publicKey) })
        .execute();
    }
    await trx
      .insertInto('eTicketSource')
      .values({ id: 1, host, fetchedAt })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ host, fetchedAt }))
      .execute();
  });
}
