import {
  type CheckRecordTables,
  insertKeptReversals,
  type KeptReversal,
  salvagedReversals,
} from '@ticket-check/check-records';
import type { UpstreamTables } from '@ticket-check/exchange';
import type { KeyCacheTables } from '@ticket-check/key-cache';
import {
  type ClaimRelease,
  parseCinemaCode,
  parsePublicKey,
  parseWallClock,
  SIGNATURE_ALGORITHMS,
  type WallClock,
} from '@ticket-check/protocol';
import { noteReplacedGenerations, type SalvagedRow, type Store } from '@ticket-check/storage';
import type { Kysely, Selectable } from 'kysely';
import { type ClaimTables, queueingRelease } from '../claims/claim-releases.ts';
import { leftClaims } from './left-claims.ts';

type UpstreamRow = Selectable<UpstreamTables['upstream']>;
type KeyRow = KeyCacheTables['cachedKey'];

/**
 * What a store takes over from the damaged one that it replaces, as far as it can be read: the generations by which the platform
 * above knows it, that platform, its keys, claims to release, and undone admissions. Claims and undone admissions do not wait for
 * `records salvage`, because their guests are at the gate now.
 */
export type RecoveredConfig = {
  generations: string[];
  upstream: UpstreamRow | null;
  keys: KeyRow[];
  claims: ClaimRelease[];
  reversals: KeptReversal[];
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reads it from the rows of a damaged file, each recognised by its form; `read` is called several times. */
export function readRecoveredConfig(read: () => Iterable<SalvagedRow>): RecoveredConfig {
  const found: RecoveredConfig = {
    generations: [],
    upstream: null,
    keys: [],
    claims: leftClaims(read),
    reversals: [...salvagedReversals(read())],
  };
  for (const row of read()) {
    found.upstream ??= upstreamIn(row);
    if (found.generations.length === 0) found.generations = generationsIn(row);
    const key = keyIn(row);
    if (key !== null) found.keys.push(key);
  }
  return found;
}

/** Writes it into a fresh store. */
export async function writeRecoveredConfig(
  trx: Kysely<UpstreamTables & KeyCacheTables & ClaimTables & CheckRecordTables>,
  store: Store<CheckRecordTables>,
  { generations, upstream, keys, claims, reversals }: RecoveredConfig,
  now: WallClock,
): Promise<void> {
  await noteReplacedGenerations(trx, generations);
  if (upstream !== null) {
    await trx
      .insertInto('upstream')
      .values(upstream)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  for (const key of keys) {
    await trx
      .insertInto('cachedKey')
      .values(key)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  for (const claim of claims) await queueingRelease(trx, claim, now).execute();
  // Each is sent once `records salvage` has restored its record.
  await insertKeptReversals({ db: trx.withTables<CheckRecordTables>(), store }, reversals, { forward: true });
}

/** The row of the table `store_generation`: its own generation, and those that it replaced. */
function generationsIn([id, generation, replaced]: SalvagedRow): string[] {
  if (id !== 1 || typeof generation !== 'string' || !UUID.test(generation)) return [];
  const earlier = typeof replaced === 'string' ? replaced.split(',') : [];
  return [generation, ...earlier.filter((text) => UUID.test(text))];
}

/** The row of the table `upstream`. */
function upstreamIn(row: SalvagedRow): UpstreamRow | null {
  const [id, url, username, privateKey, ca, cinemaCodes, payloadForm, priceForm, extensions, generation, algorithm] =
    row;
  if (id !== 1 || ![url, username, privateKey, cinemaCodes, payloadForm, priceForm, extensions].every(isText)) {
    return null;
  }
  const texts = { url, username, privateKey, cinemaCodes, payloadForm, priceForm, extensions } as Record<
    'url' | 'username' | 'privateKey' | 'cinemaCodes' | 'payloadForm' | 'priceForm' | 'extensions',
    string
  >;
  if (!isText(algorithm)) return null;
  if (URL.parse(texts.url)?.protocol !== 'https:' || !isPrivateKey(texts.privateKey, algorithm)) return null;
  return {
    ...(texts as Pick<UpstreamRow, keyof typeof texts>),
    id,
    ca: isText(ca) ? ca : null,
    generation: isText(generation) ? generation : null,
    algorithm,
  };
}

/** A row of the table `cached_key`. */
function keyIn([cinemaCode, fingerprint, startTime, spki, current]: SalvagedRow): KeyRow | null {
  if (!isText(cinemaCode) || !isText(fingerprint) || !isText(startTime) || !isText(spki)) return null;
  if (current !== 0 && current !== 1) return null;
  try {
    if (parsePublicKey(spki).fingerprint !== fingerprint) return null;
    return {
      cinemaCode: parseCinemaCode(cinemaCode),
      fingerprint,
      startTime: parseWallClock(startTime),
      spki,
      current,
    };
  } catch {
    return null;
  }
}

function isPrivateKey(pem: string, name: string): boolean {
  try {
    const algorithm = SIGNATURE_ALGORITHMS.find((one) => one.name === name);
    return algorithm?.readPrivateKey(pem) !== undefined;
  } catch {
    return false;
  }
}

function isText(value: SalvagedRow[number] | undefined): value is string {
  return typeof value === 'string';
}
