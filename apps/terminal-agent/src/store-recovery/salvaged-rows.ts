import type { UpstreamTables } from '@ticket-check/exchange';
import {
  type ClaimRelease,
  ProtocolError,
  parseCinemaCode,
  parseFilmTicketCode,
  parseRecordId,
  parseWallClock,
  type RecordId,
} from '@ticket-check/protocol';
import type { SalvagedRow } from '@ticket-check/storage';
import type { Selectable } from 'kysely';

type UpstreamRow = Selectable<UpstreamTables['upstream']>;

/**
 * What a fresh store takes over from the damaged one that it replaces, as far as it can be read: the generations by which the platform
 * above knows it, and that platform.
 */
export type Recovered = {
  readonly generations: readonly string[];
  readonly upstream: UpstreamRow | null;
};

/** Reads it from the rows of a damaged file, each recognised by its form. */
export function readRecovered(rows: Iterable<SalvagedRow>): Recovered {
  let upstream: UpstreamRow | null = null;
  let generations: readonly string[] = [];
  for (const row of rows) {
    upstream ??= upstreamIn(row);
    if (generations.length === 0) generations = generationsIn(row);
  }
  return { generations, upstream };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The row of the table `store_generation`: its own generation, and those that it replaced. */
function generationsIn([id, generation, replaced]: SalvagedRow): string[] {
  if (id !== 1 || !isText(generation) || !UUID.test(generation)) return [];
  const earlier = isText(replaced) ? replaced.split(',') : [];
  return [generation, ...earlier.filter((text) => UUID.test(text))];
}

function upstreamIn(row: SalvagedRow): UpstreamRow | null {
  const [id, url, username, privateKey, ca, cinemaCodes, payloadForm, priceForm, extensions, generation, algorithm] =
    row;
  const texts = { url, username, privateKey, cinemaCodes, payloadForm, priceForm, extensions, algorithm };
  if (id !== 1 || !areTexts(texts)) return null;
  if (URL.parse(texts.url)?.protocol !== 'https:') return null;
  return {
    ...(texts as Pick<UpstreamRow, keyof typeof texts>),
    ...{ id, ca: isText(ca) ? ca : null, generation: isText(generation) ? generation : null },
  };
}

/**
 * Finds the claims that a damaged store left at the upstream: queued releases, and claims of scans that can be read only as
 * intents. Such a scan may have ended in an admission that was lost with the file, so its claim is released as uncertain: the guest is
 * no longer locked out, and the next admission of the ticket is not confirmed. Readings C8, X4.
 *
 * @param read reads the rows of the file; called twice if there are intents
 */
export function leftClaims(read: () => Iterable<SalvagedRow>): ClaimRelease[] {
  const intents = new Map<RecordId, ClaimRelease>();
  const releases = new Map<RecordId, ClaimRelease>();
  for (const row of read()) {
    const intent = intentIn(row);
    if (intent !== null) intents.set(intent.recordId, intent);
    const release = releaseIn(row);
    if (release !== null) releases.set(release.recordId, release);
  }
  if (intents.size > 0) {
    // Abandoned pages still hold scans as they were before their decision.
    for (const row of read()) {
      if (intentIn(row) !== null) continue;
      for (const value of row) intents.delete(value as RecordId);
    }
  }
  return [...releases.values(), ...intents.values()];
}

function intentIn(row: SalvagedRow): ClaimRelease | null {
  const [, recordId, textHash, , cinemaCode, filmTicketCode, startTime, scannedAt, verdict, , , decidedAt] = row;
  if (row.length < 13 || verdict !== null || decidedAt !== null) return null;
  if (!isText(textHash) || !/^[0-9a-f]{64}$/.test(textHash) || !isText(scannedAt)) return null;
  return releaseOf([recordId, startTime, cinemaCode, filmTicketCode], true);
}

/** A row of the table `claim_release`, also an answered one: releasing a claim again changes nothing. */
function releaseIn(row: SalvagedRow): ClaimRelease | null {
  const [recordId, startTime, cinemaCode, filmTicketCode, queuedAt, uncertain] = row;
  if (row.length !== 7 || !isText(queuedAt) || (uncertain !== 0 && uncertain !== 1)) return null;
  return releaseOf([recordId, startTime, cinemaCode, filmTicketCode], uncertain === 1);
}

type Value = SalvagedRow[number] | undefined;

function releaseOf(values: readonly Value[], uncertain: boolean): ClaimRelease | null {
  if (!values.every(isText)) return null;
  const [recordId = '', startTime = '', cinemaCode = '', filmTicketCode = ''] = values;
  try {
    return {
      recordId: parseRecordId(recordId),
      startTime: parseWallClock(startTime),
      cinemaCode: parseCinemaCode(cinemaCode),
      filmTicketCode: parseFilmTicketCode(filmTicketCode),
      uncertain,
    };
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

function areTexts<Name extends string>(values: Record<Name, Value>): values is Record<Name, string> {
  return Object.values(values).every((value) => typeof value === 'string');
}

function isText(value: Value): value is string {
  return typeof value === 'string';
}
