import { textOf } from '@ticket-check/admin';
import {
  type ClaimRelease,
  type PriceForm,
  parseCinemaCode,
  parseFilmTicketCode,
  parseRecordId,
  parseWallClock,
  type RecordId,
} from '@ticket-check/protocol';
import type { SalvagedRow } from '@ticket-check/storage';
import { z } from 'zod';

// A row of a damaged file does not name its table: it is recognised by its columns.
// Parsing is slow and a file may hold a million rows, so one or two values of each rule out almost all of them first.
const TEXT = z.string();
const ANY = z.unknown();
const UUID = z.uuid();
const RECORD_ID = textOf(parseRecordId);
const START_TIME = textOf(parseWallClock);
const CINEMA = textOf(parseCinemaCode);
const TICKET = textOf(parseFilmTicketCode);

/** The `id` of tables of one row. */
const ONLY = 1;

/** Of `store_generation`: its own generation, and after it those that it replaced. */
const GENERATIONS = z
  .tuple([z.literal(ONLY), UUID, TEXT.nullable()], ANY)
  .transform(([, own, replaced]) => [
    own,
    ...(replaced?.split(',') ?? []).filter((text) => UUID.safeParse(text).success),
  ]);

const HTTPS_URL = z.url({ protocol: /^https$/ });
const UPSTREAM = z
  .tuple([z.literal(ONLY), HTTPS_URL, TEXT, TEXT, TEXT.nullable(), TEXT, TEXT, TEXT, TEXT, TEXT.nullable(), TEXT], ANY)
  .transform(
    ([id, url, username, privateKey, ca, cinemaCodes, payloadForm, priceForm, extensions, generation, algorithm]) => ({
      ...{ id, url, username, privateKey, ca, cinemaCodes, payloadForm, extensions, generation, algorithm },
      priceForm: priceForm as PriceForm,
    }),
  );

/** Of `scan`, without verdict and time of a decision. */
const INTENT = z
  .tuple(
    [ANY, RECORD_ID, TEXT.regex(/^[0-9a-f]{64}$/), ANY, CINEMA, TICKET, START_TIME, TEXT, z.null(), ANY, ANY, z.null()],
    ANY,
  )
  .transform(([, recordId, , , cinemaCode, filmTicketCode, startTime]): ClaimRelease => {
    return { recordId, startTime, cinemaCode, filmTicketCode, uncertain: true };
  });

function intentIn(row: SalvagedRow): ClaimRelease | undefined {
  // The verdict and the time of the decision.
  return row[8] === null && row[11] === null ? INTENT.safeParse(row).data : undefined;
}

/** Of `claim_release`, also an answered one: releasing a claim again changes nothing. */
const RELEASE = z
  .tuple([RECORD_ID, START_TIME, CINEMA, TICKET, TEXT, z.literal([0, 1]), TEXT.nullable()])
  .transform(([recordId, startTime, cinemaCode, filmTicketCode, , uncertain]): ClaimRelease => {
    return { recordId, startTime, cinemaCode, filmTicketCode, uncertain: uncertain === 1 };
  });

const RELEASE_COLUMNS = RELEASE.in.def.items.length;

/**
 * What a fresh store takes over from the damaged one that it replaces, as far as it can be read: the generations by which the platform
 * above knows it, and that platform.
 */
export type Recovered = {
  readonly generations: readonly string[];
  readonly upstream: z.output<typeof UPSTREAM> | null;
};

/** Reads it from the rows of a damaged file. */
export function readRecovered(rows: Iterable<SalvagedRow>): Recovered {
  let upstream: Recovered['upstream'] = null;
  let generations: readonly string[] = [];
  for (const row of rows) {
    if (row[0] !== ONLY) continue;
    upstream ??= UPSTREAM.safeParse(row).data ?? null;
    if (generations.length === 0) generations = GENERATIONS.safeParse(row).data ?? [];
  }
  return { generations, upstream };
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
    if (intent !== undefined) intents.set(intent.recordId, intent);
    const release = row.length === RELEASE_COLUMNS ? RELEASE.safeParse(row).data : undefined;
    if (release !== undefined) releases.set(release.recordId, release);
  }
  if (intents.size > 0) {
    // Abandoned pages still hold scans as they were before their decision.
    for (const row of read()) {
      if (intentIn(row) !== undefined) continue;
      for (const value of row) intents.delete(value as RecordId);
    }
  }
  return [...releases.values(), ...intents.values()];
}
