import {
  ProtocolError,
  parseCinemaCode,
  parseFilmTicketCode,
  parseRecordId,
  parseWallClock,
} from '@ticket-check/protocol';
import type { SalvagedRow } from '@ticket-check/storage';
import { isIdentity } from '../tables/record-key.ts';
import { type KeptReversal, REVERSAL_COLUMNS } from '../tables/reversal-rows.ts';

const COLUMNS = Object.keys(REVERSAL_COLUMNS) as (keyof typeof REVERSAL_COLUMNS)[];

/** The compensating records among the rows of a damaged file, known by their form; each is whole or left out. Reading R9. */
export function* salvagedReversals(rows: Iterable<SalvagedRow>): Generator<KeptReversal> {
  for (const row of rows) {
    const reversal = reversalIn(row);
    if (reversal !== null) yield reversal;
  }
}

/** A row of the table `reversal`. */
function reversalIn(row: SalvagedRow): KeptReversal | null {
  const [deliveredAt, errorCode, revision] = row.slice(COLUMNS.length);
  if (!isTextOrNull(deliveredAt) || !isTextOrNull(errorCode) || !Number.isSafeInteger(revision)) return null;
  const values = Object.fromEntries(COLUMNS.map((column, index) => [column, row[index]]));
  if (!COLUMNS.every((column) => typeof values[column] === 'string')) return null;
  const texts = values as Record<(typeof COLUMNS)[number], string>;
  if (!isIdentity(texts.identity)) return null;
  try {
    if (deliveredAt !== null) parseWallClock(deliveredAt);
    return {
      reverses: parseRecordId(texts.reverses),
      identity: texts.identity,
      cinemaCode: parseCinemaCode(texts.cinemaCode),
      account: texts.account,
      recordId: parseRecordId(texts.recordId),
      filmTicketCode: parseFilmTicketCode(texts.filmTicketCode),
      startTime: parseWallClock(texts.startTime),
      checkTime: parseWallClock(texts.checkTime),
      reversedAt: parseWallClock(texts.reversedAt),
      receivedAt: parseWallClock(texts.receivedAt),
    };
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

function isTextOrNull(value: SalvagedRow[number] | undefined): value is string | null {
  return value === null || typeof value === 'string';
}
