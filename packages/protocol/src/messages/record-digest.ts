import { createHash, hash } from 'node:crypto';
import { type CheckRecord, checkTicketJson } from './check-record.ts';

/** Stands between two values; no element of a check record holds it. */
const SEPARATOR = '\0';

/**
 * SHA-256 over every element of a check record: the UTF-8 text of CinemaCode, RecordId and the elements of a report in
 * the order of the scheme's example, with NUL between two of them. Amounts have two decimals, an unknown TicketType is
 * empty. OverriddenVerdict is the last value only where there is one; an undone record has one more, `UNDONE`. Extensions
 * `check-records` and `undone-records`; reading X7.
 */
export const recordDigest = (record: CheckRecord, isUndone = false): Buffer => {
  const as = { extended: true, overrides: true, priceForm: 'string' } as const;
  const values = Object.values(checkTicketJson({ ...record, recordId: null }, as));
  const all = [record.cinemaCode, record.recordId, ...values, ...(isUndone ? ['UNDONE'] : [])];
  return hash('sha256', all.join(SEPARATOR), 'buffer');
};

type Placed = Pick<CheckRecord, 'checkTime' | 'recordId'>;

/** The order in which records are listed and hashed: by CheckTime, then by RecordId. Negative where `a` comes first. */
export const compareInOrder = (a: Placed, b: Placed): number => {
  if (a.checkTime !== b.checkTime) return a.checkTime < b.checkTime ? -1 : 1;
  return a.recordId < b.recordId ? -1 : Number(a.recordId > b.recordId);
};

/**
 * SHA-256 over the digests of records, added in their order (`compareInOrder`); those of one CheckTime and RecordId, which name different
 * things, are sorted by their digests, so that it does not depend on how they came. Extension `check-records`; reading X7.
 */
export const createRecordsHash = () => {
  const whole = createHash('sha256');
  let records = 0;
  let place: Placed | null = null;
  let there: Buffer[] = [];

  function endPlace(): void {
    if (there.length > 1) there.sort(Buffer.compare);
    for (const digest of there) whole.update(digest);
    there = [];
  }

  return {
    add(record: CheckRecord, isUndone?: boolean): void {
      if (place !== null && compareInOrder(place, record) !== 0) endPlace();
      place = record;
      there.push(recordDigest(record, isUndone));
      records += 1;
    },
    /** The records that were added, and the hash as 64 hex digits; nothing is added afterwards. */
    end(): { readonly records: number; readonly hash: string } {
      endPlace();
      return { records, hash: whole.digest('hex') };
    },
  };
};
