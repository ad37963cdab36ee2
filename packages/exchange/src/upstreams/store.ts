import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import {
  type CinemaCode,
  formatExtensions,
  type PayloadForm,
  type PriceForm,
  parseExtensions,
} from '@ticket-check/protocol';
import { coalesce, type Store } from '@ticket-check/storage';
import type { Announcement } from '../client/upstream.ts';
import { ExpectedError } from '../expected-error.ts';
import type { UpstreamRow, UpstreamTables } from './migrations.ts';

/** The platform above, and how it is spoken to. */
export type UpstreamSettings = {
  url: string;
  username: string;
  privateKeyPem: string;
  /** PEM of the only CA to trust; null where the machine's own trusted CAs decide. */
  caPem: string | null;
  cinemaCodes: readonly CinemaCode[] | 'all';
  payloadForm: PayloadForm;
  priceForm: PriceForm;
};

export type UpstreamStore = {
  /**
   * Replaces the upstream; what is waiting to be sent stays and goes to the new one. Reading E8.
   * @throws ExpectedError where the address, the key or the CA certificate cannot be used.
   */
  set(settings: UpstreamSettings): Promise<void>;
  /** The upstream as it stands in the database now, so that a command acts on the running service; null before `set`. */
  current(): Promise<UpstreamSettings | null>;
  /** What the current upstream last announced. Readings X1, X4. */
  announced(): Promise<Announcement>;
  /** Keeps what the upstream with this address and username announced. */
  remember(of: Pick<UpstreamSettings, 'url' | 'username'>, announcement: Announcement): Promise<void>;
};

const ID = 1;

export function createUpstreamStore(store: Store<UpstreamTables>): UpstreamStore {
  const { db } = store;

  const read = coalesce<null, UpstreamRow | null>(async (askers) => {
    const row = await db.selectFrom('upstream').selectAll().where('id', '=', ID).executeTakeFirst();
    return askers.map(() => row ?? null);
  });

  return {
    async set(settings) {
      const row = rowOf(settings);
      await db
        .insertInto('upstream')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
        .execute();
    },
    async current() {
      const row = await read(null);
      return row === null ? null : settingsOf(row);
    },
    async announced() {
      const row = await read(null);
      return { extensions: parseExtensions(row?.extensions), generation: row?.generation ?? null };
    },
    async remember({ url, username }, { extensions, generation }) {
      await db
        .updateTable('upstream')
        .set({ extensions: formatExtensions(extensions), generation })
        .where('id', '=', ID)
        .where('url', '=', url)
        .where('username', '=', username)
        .execute();
    },
  };
}

function rowOf(settings: UpstreamSettings): UpstreamRow {
  assertHttps(settings.url);
  parsePrivateKey(settings.privateKeyPem);
  if (settings.caPem !== null) assertCertificate(settings.caPem);
  return {
    id: ID,
    url: settings.url,
    username: settings.username,
    privateKey: settings.privateKeyPem,
    ca: settings.caPem,
    cinemaCodes: settings.cinemaCodes === 'all' ? 'all' : JSON.stringify(settings.cinemaCodes),
    payloadForm: settings.payloadForm,
    priceForm: settings.priceForm,
    extensions: '',
    generation: null,
  };
}

function settingsOf(row: UpstreamRow): UpstreamSettings {
  return {
    url: row.url,
    username: row.username,
    privateKeyPem: row.privateKey,
    caPem: row.ca,
    cinemaCodes: row.cinemaCodes === 'all' ? 'all' : (JSON.parse(row.cinemaCodes) as CinemaCode[]),
    payloadForm: row.payloadForm,
    priceForm: row.priceForm,
  };
}

function assertHttps(url: string): void {
  if (URL.parse(url)?.protocol === 'https:') return;
  throw new ExpectedError(`The upstream's address must be an https:// URL, not ${JSON.stringify(url)}.`);
}

/**
 * Reads an RSA private key, PKCS#8 or PKCS#1.
 * @throws ExpectedError where it is none.
 */
export function parsePrivateKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new ExpectedError('The private key is no unencrypted PEM private key.');
  }
  if (key.asymmetricKeyType === 'rsa') return key;
  throw new ExpectedError(`The private key is of type ${key.asymmetricKeyType}, not RSA.`);
}

function assertCertificate(pem: string): void {
  try {
    new X509Certificate(pem);
  } catch {
    throw new ExpectedError('The CA certificate is no PEM certificate.');
  }
}
