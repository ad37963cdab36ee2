import { createPublicKey, X509Certificate } from 'node:crypto';
import {
  type CinemaCode,
  formatExtensions,
  orNull,
  type PriceForm,
  parseExtensions,
  type SignatureAlgorithm,
  storedCinemas,
} from '@ticket-check/protocol';
import { ExpectedError, sharedFor } from '@ticket-check/runtime';
import { coalesce, type Store } from '@ticket-check/storage';
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import { algorithmNamed } from '../algorithms.ts';
import { formatGeneration, readGeneration } from '../client/outcome.ts';
import type { Announcement } from '../client/upstream.ts';
import type { UpstreamRow, UpstreamTables } from './migrations.ts';

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

/** Without a private key the pending key is used, otherwise the current one; the default algorithm is the scheme's. */
export type NewUpstreamSettings = Omit<UpstreamSettings, 'privateKeyPem' | 'algorithm'> & {
  privateKeyPem: string | null;
  algorithm?: string | undefined;
};

export type UpstreamStore = ReturnType<typeof createUpstreamStore>;

const ID = 1;
const LATEST_MS = 1000;

export function createUpstreamStore(store: Store<UpstreamTables>) {
  const { db } = store;
  const find = db.selectFrom('upstream').selectAll().where('id', '=', sql.lit(ID)).compile();

  // Must not wait behind the commits of reports.
  const read = coalesce<null, Selectable<UpstreamRow> | null>(async (askers) => {
    const [found = null] = await store.readCommitted(find);
    return askers.map(() => found);
  });

  async function load() {
    const row = await read(null);
    return { settings: row === null ? null : settingsOf(row), announced: announcedIn(row) };
  }

  const readLatest = () => sharedFor(store.engine === 'sqlite' ? 0 : LATEST_MS, load);
  let latest = readLatest();
  function changed(): void {
    latest = readLatest();
  }

  /** The private half of the pending pair, PEM; null if none is pending. */
  const pendingKey = async (): Promise<string | null> =>
    (await db.selectFrom('pendingKey').select('privateKey').executeTakeFirst())?.privateKey ?? null;

  /** Makes a key pair, or returns the pending one. @param name of its algorithm @throws ExpectedError if that is unknown. */
  async function makeKey(name?: string): Promise<NewKeyPair> {
    const used = await db.selectFrom('upstream').select('algorithm').executeTakeFirst();
    const algorithm = algorithmNamed(name ?? used?.algorithm, 'The key pair');
    const pending = await pendingKey();
    if (pending !== null) return { algorithm, privateKeyPem: pending };
    const { privateKey } = await algorithm.generateKeyPair();
    return { algorithm, privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  }

  /** Keeps a pair as the pending one, unless one is; returns the public half (PEM). @throws KeyRefusal for another algorithm. */
  async function keepKey({ algorithm, privateKeyPem }: NewKeyPair): Promise<string> {
    await db
      .insertInto('pendingKey')
      .values({ id: ID, privateKey: privateKeyPem })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute();
    const kept = await pendingKey();
    if (kept === null) throw new ExpectedError('The pending key was put to use while it was read: try again.');
    return createPublicKey(algorithm.readPrivateKey(kept)).export({ type: 'spki', format: 'pem' }).toString();
  }

  return {
    // A key pair of one's own on its way to the platform above: its private half never leaves the store. Reading E8.
    pendingKey,
    makeKey,
    keepKey,

    /** Signs with the pending key from now on. @throws ExpectedError if that is pending no longer, or no upstream is set. */
    async useKey(privateKey: string): Promise<void> {
      await store.transaction(async (trx) => {
        const taken = await trx.deleteFrom('pendingKey').where('privateKey', '=', privateKey).executeTakeFirst();
        const signing = await trx.updateTable('upstream').set({ privateKey }).executeTakeFirst();
        if (taken.numDeletedRows === 0n) throw new ExpectedError('This key is pending no longer: see upstream show.');
        if (signing.numUpdatedRows === 0n) throw new ExpectedError('No upstream is set yet: see upstream set.');
      });
      changed();
    },

    /** Replaces the upstream; what waits goes to the new one. Reading E8. @throws ExpectedError or KeyRefusal if unusable. */
    async set(settings: NewUpstreamSettings): Promise<void> {
      await store.transaction(async (trx) => {
        const privateKeyPem = settings.privateKeyPem ?? (await takeKey(trx));
        const announced = await loadAnnounced(trx, settings);
        const row = { ...rowOf({ ...settings, privateKeyPem }), ...announced };
        await trx
          .insertInto('upstream')
          .values(row)
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
          .execute();
      });
      changed();
    },
    /** Reads the upstream from the database, so that a command acts on the running service; null before `set`. */
    current: async (): Promise<UpstreamSettings | null> => (await load()).settings,
    announced: async (): Promise<Announcement> => (await load()).announced,
    /** Both as they stood at most a second ago, for each call. SQLite is asked each time, on the calling thread. */
    latest: () => latest(),
    async remember(
      { url, username }: Pick<UpstreamSettings, 'url' | 'username'>,
      { extensions, ...current }: Announcement,
    ): Promise<void> {
      await db
        .updateTable('upstream')
        .set({ extensions: formatExtensions(extensions), generation: formatGeneration(current) })
        .where('id', '=', ID)
        .where('url', '=', url)
        .where('username', '=', username)
        .execute();
      changed();
    },
  };
}

/** What the peer has announced, where it is the one that is set already: the running service still knows it, too. */
function loadAnnounced(trx: Kysely<UpstreamTables>, { url, username }: NewUpstreamSettings) {
  const its = trx.selectFrom('upstream').where('url', '=', url).where('username', '=', username);
  return its.select(['extensions', 'generation']).executeTakeFirst();
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

function rowOf(settings: NewUpstreamSettings & { privateKeyPem: string }): Insertable<UpstreamRow> {
  const { privateKeyPem, caPem, cinemaCodes, ...rest } = settings;
  assertHttps(settings.url);
  const algorithm = algorithmNamed(settings.algorithm, 'The upstream');
  assertForm(settings.payloadForm, algorithm);
  algorithm.judgePrivateKey(algorithm.readPrivateKey(privateKeyPem));
  if (caPem !== null && orNull(() => new X509Certificate(caPem)) === null)
    throw new ExpectedError('The CA certificate is no PEM certificate.');
  return {
    ...{ id: ID, ...rest, privateKey: privateKeyPem, ca: caPem, extensions: '', generation: null },
    cinemaCodes: cinemaCodes === 'all' ? 'all' : JSON.stringify(cinemaCodes),
    algorithm: algorithm.name,
  };
}

function announcedIn(row: Selectable<UpstreamRow> | null): Announcement {
  return { extensions: parseExtensions(row?.extensions), ...readGeneration(row?.generation) };
}

function settingsOf(row: Selectable<UpstreamRow>): UpstreamSettings {
  const { url, username, privateKey: privateKeyPem, ca: caPem, algorithm, payloadForm, priceForm } = row;
  const cinemaCodes = storedCinemas(row.cinemaCodes);
  return { url, username, privateKeyPem, caPem, cinemaCodes, algorithm, payloadForm, priceForm };
}

function assertForm(form: string, { name, forms }: SignatureAlgorithm): void {
  if (forms.includes(form)) return;
  const known = forms.join(', ');
  throw new ExpectedError(`The algorithm ${name} signs in the forms ${known}, not in ${JSON.stringify(form)}.`);
}

function assertHttps(url: string): void {
  const parsed = URL.parse(url);
  if (parsed?.protocol === 'https:' && parsed.username === '' && parsed.password === '') return;
  // The address is not repeated: it may hold a password.
  throw new ExpectedError(
    "The upstream's address must be an https:// URL without username and password: requests are signed, and addresses are shown.",
  );
}

type NewKeyPair = { readonly algorithm: SignatureAlgorithm; readonly privateKeyPem: string };
