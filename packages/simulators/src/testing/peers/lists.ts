import {
  businessDate,
  type CheckRecord,
  type CinemaCode,
  changesPageJson,
  compareInOrder,
  createRecordsHash,
  hourOf,
  type ListChangesQuery,
  type ListCheckRecordsQuery,
  type ListedCheckRecord,
  listedHoursJson,
  listedRecordsJson,
  ProtocolError,
  type RecordId,
  type TicketChange,
  type WireCheckRecord,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Ledger } from './ledger.ts';
import type { PeerAccount } from './signed-peer.ts';

/**
 * Answers ListChanges from what a ledger holds: a new reader gets every change, however old. A page looks through as many changes as it
 * may hold, of any cinema. Extension `changes`.
 */
export function listChanges(
  { changes, changesSince }: Ledger,
  { cinemaCodes, cursor, limit }: ListChangesQuery,
  { account, now }: { account: PeerAccount; now: number },
) {
  const from = cursor === '' ? 0 : placeIn(cursor, changesSince);
  const page = changes.slice(from, from + limit);
  const asked = cinemaCodes ?? account.cinemaCodes;
  const isAsked = ({ cinemaCode }: TicketChange) => asked === 'all' || asked.includes(cinemaCode);
  return changesPageJson({
    changes: page.filter(isAsked),
    cursor: `${changesSince} ${from + page.length}`,
    more: from + page.length < changes.length,
    asOf: wallClockAt(now),
  });
}

function placeIn(cursor: string, since: string): number {
  const [, of, place] = /^(\S+) (\d{1,9})$/.exec(cursor) ?? [];
  if (of === undefined) throw new ProtocolError('INVALID_QUERY', 'Cursor is invalid.', { element: 'Cursor' });
  if (of !== since) throw new ProtocolError('CURSOR_UNKNOWN', 'The cursor is of other data; begin again.');
  return Number(place);
}

const DELIVERED = { quarantine: null, delivered: true, refused: null } as const;

/** What the caller and this platform both speak. */
type Spoken = { readonly overrides: boolean; readonly undone: boolean };

/** Answers ListCheckRecords from a ledger, with the records of all accounts. Extension `check-records`. */
export function listRecords(
  ledger: Ledger,
  { cinemaCode, businessDate: date, hour, after }: ListCheckRecordsQuery,
  spoken: Spoken,
) {
  const ofDay = listedOf(ledger, cinemaCode).filter(({ record }) => businessDate(record.checkTime) === date);
  const hours = Map.groupBy(ofDay, ({ record }) => hourOf(record.checkTime));
  if (hour === null)
    return listedHoursJson([...hours].map(([of, listed]) => ({ hour: of, ...summaryOf(listed, spoken) })));
  const listed = hours.get(hour) ?? [];
  const from = after === null ? 0 : listed.findIndex(({ record }) => placeOf(record) === after) + 1;
  if (after !== null && from === 0) throw new ProtocolError('INVALID_QUERY', 'After is no place in this hour.');
  const page = listed.slice(from, from + ledger.maxListed);
  const last = page.at(-1);
  return listedRecordsJson(page, last === undefined || last === listed.at(-1) ? null : placeOf(last.record), spoken);
}

/** Each record once, as it came last. */
function listedOf({ records, states, reversals }: Ledger, cinemaCode: CinemaCode): ListedCheckRecord[] {
  const known = new Map<RecordId, CheckRecord>(records.filter(isNamed).map((record) => [record.recordId, record]));
  return [...known.values()]
    .filter((record) => record.cinemaCode === cinemaCode)
    .sort(compareInOrder)
    .map((record) => ({
      record,
      ...DELIVERED,
      undone: reversals.some(({ reverses }) => reverses === record.recordId),
      ...states.get(record.recordId),
    }));
}

function isNamed(record: WireCheckRecord): record is CheckRecord {
  return record.recordId !== null;
}

function summaryOf(listed: readonly ListedCheckRecord[], { overrides, undone }: Spoken) {
  const counted = listed.filter(({ quarantine }) => quarantine === null);
  const hash = createRecordsHash();
  for (const { record, undone: isUndone } of counted) {
    hash.add(overrides ? record : { ...record, overriddenVerdict: null }, undone && isUndone);
  }
  return {
    ...hash.end(),
    quarantined: listed.length - counted.length,
    undelivered: counted.filter(({ delivered }) => delivered === false).length,
  };
}

const placeOf = ({ checkTime, recordId }: CheckRecord) => `${checkTime} ${recordId}`;
