import { type CheckRecord, type CinemaKey, decodeTicketCode, epochOf, ProtocolError } from '@ticket-check/protocol';
import type { QuarantineCode, Suspicion } from '../tables/received-record.ts';

export type Judgement = {
  readonly quarantine: QuarantineCode | null;
  /** Wire names of other elements that differ, such as `ScreenCode` where the hall was changed after the sale. */
  readonly differences: readonly string[];
  /** What its sender probably gets wrong, of a record that counts; missing where there is nothing. */
  readonly suspicious?: readonly Suspicion[];
};

export type Judged = Pick<
  CheckRecord,
  | ('ticketInfoCode' | 'cinemaCode' | 'filmTicketCode' | 'startTime' | 'checkTime')
  | ('screenCode' | 'filmCode' | 'sessionCode' | 'price' | 'service')
>;

/** A gate admits within a day of a session at most; clocks may be hours off, and no entry is days away. Reading R6. */
const FARTHEST_CHECK_MS = 2 * 86_400_000;

/** Compares a record with the code inside it, by all `keys` the cinema ever had, the likeliest first. Reading R6. */
export function judge(record: Judged, keys: readonly CinemaKey[]): Judgement {
  const fields = fieldsOf(record.ticketInfoCode, keys);
  if (fields === null) return NOT_GENUINE;
  const sameTicket =
    fields.cinemaCode === record.cinemaCode &&
    fields.filmTicketCode === record.filmTicketCode &&
    fields.startTime === record.startTime;
  if (!sameTicket) return { quarantine: 'CODE_CONTRADICTS_RECORD', differences: [] };
  // Against the StartTime that the code proves, never this machine's clock: late records are normal.
  const fromStartMs = epochOf(record.checkTime) - epochOf(record.startTime);
  if (Math.abs(fromStartMs) > FARTHEST_CHECK_MS) {
    return { quarantine: 'CHECK_TIME_IMPLAUSIBLE', differences: [] };
  }
  const suspicious = suspicionsOf(fromStartMs, record.price, fields.price);
  return {
    quarantine: null,
    differences: COMPARED.flatMap(([element, name]) => (fields[name] === record[name] ? [] : [element])),
    ...(suspicious.length > 0 && { suspicious }),
  };
}

const COMPARED = [
  ['ScreenCode', 'screenCode'],
  ['FilmCode', 'filmCode'],
  ['SessionCode', 'sessionCode'],
  ['Price', 'price'],
  ['Service', 'service'],
] as const;

const HOUR_MS = 3_600_000;
/** When a ticket is admitted around its StartTime, where a terminal has no other setting. Reading C4. */
const WINDOW_MS = { opens: -HOUR_MS, ends: 2 * HOUR_MS };
const UTC_BEHIND_MS = 8 * HOUR_MS;

/** Suspects a CheckTime in UTC where the ticket could be admitted only eight hours later, and a Price in fen. */
function suspicionsOf(fromStartMs: number, price: number, sold: number | null): Suspicion[] {
  const canBeAdmitted = (ms: number) => WINDOW_MS.opens <= ms && ms <= WINDOW_MS.ends;
  const isUtc = !canBeAdmitted(fromStartMs) && canBeAdmitted(fromStartMs + UTC_BEHIND_MS);
  const isFen = sold !== null && sold > 0 && price === sold * 100;
  return [...(isUtc ? (['utc-check-time'] as const) : []), ...(isFen ? (['fen-price'] as const) : [])];
}

export const NOT_GENUINE: Judgement = { quarantine: 'CODE_NOT_GENUINE', differences: [] };

function fieldsOf(code: string, keys: readonly CinemaKey[]) {
  try {
    return decodeTicketCode(code, keys, { diagnose: false }).fields;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
