import { UNTOLD_ORIGIN } from '@ticket-check/protocol';
import type { ReceivedRecord } from './received-record.ts';

/**
 * Elements that may arrive after the record, with the value that means *not known*: what GetTicketInfo knows and the code does
 * not (reading R5), and what a sender left out while it took this platform for one that does not know it (readings R10, X1).
 */
export const BLANKS = {
  screenName: '',
  filmName: '',
  ticketType: null,
  rowNum: 0,
  columnNum: 0,
  price: 0,
  service: 0,
  overriddenVerdict: null,
  ...UNTOLD_ORIGIN,
} as const satisfies Partial<Record<keyof ReceivedRecord, unknown>>;

export type Fillable = keyof typeof BLANKS;

const FILLABLE = Object.keys(BLANKS) as Fillable[];

/**
 * Fills a record's blanks from what else is known; null if that fills none. Elements that are not blank never change (reading R5).
 */
export function filledFrom<R extends Pick<ReceivedRecord, Fillable>>(
  record: R,
  known: Partial<Pick<ReceivedRecord, Fillable>>,
): R | null {
  const blank = FILLABLE.filter((name) => {
    const value = known[name];
    return record[name] === BLANKS[name] && value !== undefined && value !== BLANKS[name];
  });
  if (blank.length === 0) return null;
  return { ...record, ...Object.fromEntries(blank.map((name) => [name, known[name]])) };
}
