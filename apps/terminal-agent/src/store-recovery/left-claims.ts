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

/**
 * The claims that a damaged store left at the upstream: those that it was still to give back, and those that scans may
 * have made which it holds nothing of but the intent. Such a scan may have ended in an admission that was lost with the
 * file, so that its claim is given back as uncertain: the guest is locked out no longer, and whoever is admitted with the
 * ticket is not called confirmed. Readings C8, X4.
 *
 * @param read gives the rows of the file, each known by its form; called twice where there are intents
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
    // Pages that were given up still hold scans as they were before they were decided.
    for (const row of read()) {
      if (intentIn(row) !== null) continue;
      for (const value of row) intents.delete(value as RecordId);
    }
  }
  return [...releases.values(), ...intents.values()];
}

/** A row of the table `scan` without a verdict. */
function intentIn(row: SalvagedRow): ClaimRelease | null {
  const [, recordId, textHash, , cinemaCode, filmTicketCode, startTime, scannedAt, verdict, , , decidedAt] = row;
  if (row.length < 13 || verdict !== null || decidedAt !== null) return null;
  if (typeof textHash !== 'string' || !/^[0-9a-f]{64}$/.test(textHash) || typeof scannedAt !== 'string') return null;
  return releaseOf([recordId, startTime, cinemaCode, filmTicketCode], true);
}

/**
 * A row of the table `claim_release` or of `answered_release`: releasing a claim again changes nothing, and this store has it from
 * then on, for the case that the platform is restored.
 */
function releaseIn(row: SalvagedRow): ClaimRelease | null {
  const [recordId, startTime, cinemaCode, filmTicketCode, queuedAt, uncertain] = row;
  if (row.length !== 6 || typeof queuedAt !== 'string') return null;
  if (uncertain !== 0 && uncertain !== 1) return null;
  return releaseOf([recordId, startTime, cinemaCode, filmTicketCode], uncertain === 1);
}

function releaseOf(values: readonly (SalvagedRow[number] | undefined)[], uncertain: boolean): ClaimRelease | null {
  if (!values.every((value) => typeof value === 'string')) return null;
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
