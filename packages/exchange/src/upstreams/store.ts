import { X509Certificate } from 'node:crypto';
import {
  type CinemaCode,
  formatExtensions,
  type PriceForm,
  parseExtensions,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  storedCinemas,
} from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { coalesce, type Store } from '@ticket-check/storage';
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import { algorithmNamed } from '../algorithms.ts';
import { formatGeneration, readGeneration } from '../client/read-outcome.ts';
import type { Announcement } from '../client/upstream.ts';
import type { UpstreamRow, UpstreamTables } from './migrations.ts';
import { createPendingKey, type PendingKey } from './pending-key.ts';

/** The platform above, and how it is spoken to. */
export type UpstreamSettings = {
  url: string;
  username: string;
  privateKeyPem: string;
  /** PEM of the only CA to trust; null if the machine's own trusted CAs decide. */
  caPem: string | null;
  cinemaCodes: readonly CinemaCode[] | 'all';
  algorithm: string;
  payloadForm: string;
  priceForm: PriceForm;
};

/**
 * The arguments of `set`. Without a private key, the pending key is used, otherwise the current one; the default algorithm
 * is the scheme's.
 */
export type NewUpstreamSettings = Omit<UpstreamSettings, 'privateKeyPem' | 'algorithm'> & {
  privateKeyPem: string | null;
  algorithm?: string | undefined;
};

export type UpstreamStore = PendingKey & {
  readonly algorithms: readonly SignatureAlgorithm[];
  /**
   * Replaces the upstream; what is waiting to be sent stays and goes to the new one. Reading E8.
   * @throws ExpectedError or KeyRefusal if the address, the algorithm or its form, the key or the CA certificate cannot
   * be used, or there is no key.
   */
  set(settings: NewUpstreamSettings): Promise<void>;
  /** Reads the upstream from the database, so that a command acts on the running service; null before `set`. */
  current(): Promise<UpstreamSettings | null>;
  /** What the current upstream last announced. Readings X1, X4. */
  announced(): Promise<Announcement>;
  /** Keeps what the upstream with this address and username announced. */
  remember(of: Pick<UpstreamSettings, 'url' | 'username'>, announcement: Announcement): Promise<void>;
};

const ID = 1;

export function createUpstreamStore(
  store: Store<UpstreamTables>,
  algorithms: readonly SignatureAlgorithm[] = SIGNATURE_ALGORITHMS,
): UpstreamStore {
  const { db } = store;
  const find = db.selectFrom('upstream').selectAll().where('id', '=', sql.lit(ID)).compile();

  // Every claim asks for it, and must not wait behind the commits of reports.
  const read = coalesce<null, Selectable<UpstreamRow> | null>(async (askers) => {
    const [found = null] = await store.readCommitted(find);
    return askers.map(() => found);
  });

  return {
    algorithms,
    ...createPendingKey(store, algorithms),

    async set(settings) {
      await store.transaction(async (trx) => {
        const privateKeyPem = settings.privateKeyPem ?? (await takeKey(trx));
        const announced = await loadAnnounced(trx, settings);
        const row = { ...rowOf({ ...settings, privateKeyPem }, algorithms), ...announced };
        await trx
          .insertInto('upstream')
          .values(row)
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
          .execute();
      });
    },
    async current() {
      const row = await read(null);
      return row === null ? null : settingsOf(row);
    },
    async announced() {
      const row = await read(null);
      return { extensions: parseExtensions(row?.extensions), ...readGeneration(row?.generation) };
    },
    async remember({ url, username }, { extensions, ...current }) {
      await db
        .updateTable('upstream')
        .set({ extensions: formatExtensions(extensions), generation: formatGeneration(current) })
        .where('id', '=', ID)
        .where('url', '=', url)
        .where('username', '=', username)
        .execute();
    },
  };
}

/** What the peer has announced, where it is the one that is set already: the running service still knows it, too. */
async function loadAnnounced(trx: Kysely<UpstreamTables>, { url, username }: NewUpstreamSettings) {
  return trx
    .selectFrom('upstream')
    .select(['extensions', 'generation'])
    .where('url', '=', url)
    .where('username', '=', username)
    .executeTakeFirst();
}

/** The key that was made here: the pending one, which is so no longer, or the one in use. */
async function takeKey(trx: Kysely<UpstreamTables>): Promise<string> {
  const pending = await trx.deleteFrom('pendingKey').returning('privateKey').executeTakeFirst();
  const used = pending ?? (await trx.selectFrom('upstream').select('privateKey').executeTakeFirst());
  if (used !== undefined) return used.privateKey;
  throw new ExpectedError(
    'The private key is missing: take a bundle that holds a PrivateKey, or name it with --key, or make a key pair of your own first (upstream new-key).',
  );
}

function rowOf(
  settings: NewUpstreamSettings & { privateKeyPem: string },
  algorithms: readonly SignatureAlgorithm[],
): Insertable<UpstreamRow> {
  assertHttps(settings.url);
  const algorithm = algorithmNamed(settings.algorithm, algorithms, 'The upstream');
  assertForm(settings.payloadForm, algorithm);
  algorithm.judgePrivateKey(algorithm.readPrivateKey(settings.privateKeyPem));
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
    algorithm: algorithm.name,
  };
}

function settingsOf(row: Selectable<UpstreamRow>): UpstreamSettings {
  return {
    url: row.url,
    username: row.username,
    privateKeyPem: row.privateKey,
    caPem: row.ca,
    cinemaCodes: storedCinemas(row.cinemaCodes),
    algorithm: row.algorithm,
    payloadForm: row.payloadForm,
    priceForm: row.priceForm,
  };
}

function assertForm(form: string, { name, forms }: SignatureAlgorithm): void {
  if (forms.includes(form)) return;
  throw new ExpectedError(
    `The algorithm ${name} signs in the forms ${forms.join(', ')}, not in ${JSON.stringify(form)}.`,
  );
}

function assertHttps(url: string): void {
  if (URL.parse(url)?.protocol !== 'https:') {
    throw new ExpectedError(
      `The upstream's address must be an https:// URL, not ${JSON.stringify(withoutCredentials(url))}.`,
    );
  }
  if (hasCredentials(url)) {
    throw new ExpectedError(
      "The upstream's address holds a username or a password; leave them out: requests are signed, and addresses are shown.",
    );
  }
}

function assertCertificate(pem: string): void {
  try {
    new X509Certificate(pem);
  } catch {
    throw new ExpectedError('The CA certificate is no PEM certificate.');
  }
}

/** Whether a URL holds a username or a password, which would appear in logs, in health and on screens. */
function hasCredentials(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && (parsed.username !== '' || parsed.password !== '');
}

/** The same URL without them, fit to be shown; of a text that is no URL, nothing that could be a password. */
function withoutCredentials(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.host === '') return url.replace(/^.*@/, '');
  if (!hasCredentials(url)) return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
