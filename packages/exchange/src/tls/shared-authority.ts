import { randomBytes } from 'node:crypto';
import { createTables, type Store } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import type { CertifiedKey } from './certificates.ts';

/** The local CA that several processes of a platform share; there is one at most. */
type AuthorityRow = {
  id: number;
  certificate: string;
  /** PEM, PKCS#8; protected like the other secrets of the database. */
  privateKey: string;
};

/** What encrypts the session tickets of a day; protected in the same way. */
type TicketKeyRow = {
  day: string;
  /** 48 bytes, hexadecimal. */
  key: string;
};

export type AuthorityTables = { localAuthority: AuthorityRow; ticketKey: TicketKeyRow };

export const authorityMigrations = createTables<AuthorityTables>(
  sql`create table local_authority (id bigint primary key, certificate text not null, private_key text not null)`,
  sql`create table ticket_key (day text primary key, key text not null)`,
);

export type SharedAuthority = NonNullable<ReturnType<typeof sharedAuthorityOf>>;

const ID = 1;

/** Null on SQLite, where one process has the data: its CA is only in its data directory. */
export function sharedAuthorityOf(store: Store<AuthorityTables>) {
  if (store.engine === 'sqlite') return null;
  const db = store.db as Kysely<AuthorityTables>;

  async function find(): Promise<CertifiedKey | null> {
    const row = await db.selectFrom('localAuthority').selectAll().where('id', '=', ID).executeTakeFirst();
    return row === undefined ? null : { cert: row.certificate, key: row.privateKey };
  }

  return {
    find,
    /** Stores a CA if there is none yet. Returns the stored one, which may be another process's. */
    async keep(authority: CertifiedKey): Promise<CertifiedKey> {
      await db
        .insertInto('localAuthority')
        .values({ id: ID, certificate: authority.cert, privateKey: authority.key })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
      return (await find()) ?? authority;
    },
  };
}

/** The certificate of the local CA (PEM, without its key), among the files of TLS. */
export const CA_NAME = 'ca.pem';

/** Its path inside the data directory. */
export const CA_FILE = `tls/${CA_NAME}`;

/** The secret of TLS session tickets, another each day of UTC, from the database: a session is resumed at any process. */
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
