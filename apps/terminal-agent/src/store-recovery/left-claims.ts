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
 * Finds the claims that a damaged store left at the upstream: queued releases, and claims of scans that can be read only as
 * intents. Such a scan may have ended in an admission that was lost with the file, so its claim is released as uncertain: the guest is
 * no longer locked out, and the next admission of the ticket is not confirmed. Readings C8, X4.
 *
 * @param read reads the rows of the file, each recognised by its form; called twice if there are intents
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

/** A row of the table `scan` without a verdict. */
function intentIn(row: SalvagedRow): ClaimRelease | null {
  const [, recordId, textHash, , cinemaCode, filmTicketCode, startTime, scannedAt, verdict, , , decidedAt] = row;
  if (row.length < 13 || verdict !== null || decidedAt !== null) return null;
  if (typeof textHash !== 'string' || !/^[0-9a-f]{64}$/.test(textHash) || typeof scannedAt !== 'string') return null;
  return releaseOf([recordId, startTime, cinemaCode, filmTicketCode], true);
}

/**
 * A row of the table `claim_release` or of `answered_release`: releasing a claim again changes nothing, and this store then has it if
 * the platform is restored.
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
