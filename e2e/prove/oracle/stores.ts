import { epochOf, type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Ticket } from '@ticket-check/simulators/box-office';
import { checkRecord } from '../../testing/tickets.ts';
import type { Broken } from '../report.ts';
import type { Evidence, Kept, ScanAt } from './evidence.ts';

/** What a peer reported under its own account, beside the terminals. */
export interface Reported {
  filmTicketCode: string;
  checkTime: string;
  /** Whether a platform confirmed it; otherwise it may have been kept all the same, as where the answer was cut off. */
  confirmed: boolean;
}

/** Longer than the budget of a scan. */
const LATER_MS = 2_000;
/** A RecordId is made right after the clock was read, and holds milliseconds. */
const MAX_AFTER_MS = 1_000;

/**
 * Compares all stores with each other and with what was sold: the admissions of the terminals, and nothing else, are at both platforms; of
 * a guest who came back only the last entry stands; every element of each record is the ticket's; no ticket was admitted twice by one store
 * or twice as confirmed, but for a supervisor's decision; no gate opened before its decision, or twice. Readings C2, C3, C8, R5, X3.
 */
export function judgeStores(
  { national, thirdParty, own, scans, undone }: Evidence,
  sold: readonly Ticket[],
  { reported, isClockRight }: { reported: readonly Reported[]; isClockRight: (terminal: string) => boolean },
  broken: Broken,
) {
  const admissions = scans.filter(({ Verdict }) => Verdict === 'ADMIT');
  const isUndone = ({ RecordId }: ScanAt) => undone.has(RecordId);
  const { failures } = broken;
  const [left, standing] = [admissions.filter(isUndone), admissions.filter((admission) => !isUndone(admission))];
  const byScan = standing.filter(({ Overrides }) => Overrides === undefined);
  for (const { FilmTicketCode, terminal } of left)
    if (!standing.some((other) => other.FilmTicketCode === FilmTicketCode && other.terminal === terminal))
      failures.push(`the entry of ${FilmTicketCode} was undone at ${terminal} without another one`);
  for (const several of Map.groupBy(byScan, ({ FilmTicketCode }) => FilmTicketCode).values()) {
    if (!isDouble(several)) continue;
    broken.doubledUnflagged += 1;
    const words = several.map(({ terminal, Confirmed }) => `${terminal}${Confirmed ? ', confirmed' : ''}`);
    failures.push(`${several[0]!.FilmTicketCode} was admitted by ${words.join(' and by ')}`);
  }
  for (const admission of admissions) failures.push(...faultsOf(admission, isClockRight(admission.terminal)));

  const byPeers = Map.groupBy(reported, ({ filmTicketCode, checkTime }) => `${filmTicketCode} ${checkTime}`);
  const isReported = ({ FilmTicketCode, CheckTime }: Kept) => byPeers.has(`${FilmTicketCode} ${CheckTime}`);
  const tickets = new Map(sold.map((ticket) => [ticket.filmTicketCode as string, ticket]));
  const platforms = { 'the national platform': national, 'the third-party platform': thirdParty };
  for (const [where, records] of [...Object.entries(platforms), ...own]) {
    const mayBeBlank = !(where in platforms);
    const made = admissions.filter(({ terminal }) => !mayBeBlank || terminal === where);
    failures.push(...judgeRecords(records, { where, admissions: made, tickets, isReported, mayBeBlank }));
  }
  // Of several entries of a ticket platforms undo none.
  const doorsOf = Map.groupBy(admissions, ({ FilmTicketCode }) => FilmTicketCode);
  const isAtSeveral = (ticket: string) => new Set(doorsOf.get(ticket)?.map(({ terminal }) => terminal)).size > 1;
  for (const [where, records] of Object.entries(platforms))
    for (const { RecordId, FilmTicketCode, UndoneAt } of records)
      if (undone.has(RecordId) && UndoneAt === undefined && !isAtSeveral(FilmTicketCode))
        failures.push(`the entry of ${FilmTicketCode} was undone at its terminal and stands at ${where}`);
  for (const [key, times] of byPeers) {
    const found = national.filter(({ FilmTicketCode, CheckTime }) => `${FilmTicketCode} ${CheckTime}` === key).length;
    if (found < 1) broken.lost += times.filter(({ confirmed }) => confirmed).length;
    if (found > times.length) broken.doubledUnflagged += 1;
  }

  const count = (isMeant: (admission: ScanAt) => boolean) => admissions.filter(isMeant).length;
  return {
    confirmed: count(({ Confirmed }) => Confirmed === true),
    unconfirmed: count(({ Confirmed }) => Confirmed !== true),
    /** Admissions that were decided later than any scan takes: of a scan that was cut off and continued. */
    decidedLater: count(({ ScannedAt, DecidedAt }) => isLater(ScannedAt, DecidedAt)),
    /** Admissions whose gate is marked as opened later than any gate takes. */
    openedLater: count(({ DecidedAt, OpenedAt }) => isLater(DecidedAt, OpenedAt)),
    /** Admissions with two commands to open the gate: a crash came between gate and mark. */
    openedAgain: count(({ openings }) => openings.length > 1),
  };
}

function* faultsOf({ FilmTicketCode, terminal, RecordId, ...scan }: ScanAt, isClockRight: boolean): Generator<string> {
  const { ScannedAt, DecidedAt, openings } = scan;
  if (new Set(openings.map(({ process }) => process)).size < openings.length)
    yield `${terminal} opened a gate twice for ${FilmTicketCode} without having been ended in between`;
  if (!isClockRight) return;
  // DecidedAt is cut to the second: no gate opens before that.
  if (DecidedAt !== null && openings.some(({ at }) => at < epochOf(DecidedAt)))
    yield `${terminal} opened a gate for ${FilmTicketCode} before that was decided`;
  if (scan.Overrides !== undefined) return;
  const madeAt = Number.parseInt(RecordId.replace('-', '').slice(0, 12), 16);
  if (ScannedAt > wallClockAt(madeAt) || ScannedAt < wallClockAt(madeAt - MAX_AFTER_MS))
    yield `${terminal} keeps ${ScannedAt} for a scan of ${FilmTicketCode} that was made at ${wallClockAt(madeAt)}`;
}

interface Expected {
  where: string;
  admissions: readonly ScanAt[];
  tickets: ReadonlyMap<string, Ticket>;
  isReported: (record: Kept) => boolean;
  mayBeBlank: boolean;
}

function* judgeRecords(records: readonly Kept[], expected: Expected): Generator<string> {
  const { where, tickets, isReported, mayBeBlank } = expected;
  const made = new Map(expected.admissions.map((admission) => [admission.RecordId, admission]));
  let unexplained = 0;
  for (const record of records) {
    const { RecordId, FilmTicketCode, CheckTime } = record;
    const admission = made.get(RecordId);
    made.delete(RecordId);
    if (admission === undefined && !isReported(record)) unexplained += 1;
    if (admission !== undefined && CheckTime !== admission.ScannedAt)
      yield `${FilmTicketCode} was scanned at ${admission.ScannedAt} and is at ${where} with ${CheckTime}`;
    const ticket = tickets.get(FilmTicketCode);
    if (ticket === undefined) yield `${FilmTicketCode}, at ${where}, was never sold`;
    else for (const each of differences(record, ticket, mayBeBlank)) yield `${FilmTicketCode} at ${where}: ${each}`;
    if (record.Quarantined) yield `${FilmTicketCode} is quarantined at ${where}`;
  }
  if (unexplained > 0) yield `${unexplained} records at ${where} were admitted by no terminal`;
  for (const { FilmTicketCode, terminal } of made.values())
    yield `${FilmTicketCode} was admitted by ${terminal} and is not at ${where}`;
}

const isLater = (from: WallClock | null, to: WallClock | null): boolean =>
  from !== null && to !== null && epochOf(to) - epochOf(from) > LATER_MS;

/** What GetTicketInfo knows and a code does not: blank in a record that was made without the platform. Reading R5. */
const BLANKS: Record<string, unknown> = { ScreenName: '', FilmName: '', TicketType: '', RowNum: 0, ColumnNum: 0 };

/** Two admissions by one store, or two that were both confirmed. */
export function isDouble(admissions: readonly { terminal: string; Confirmed?: boolean | null }[]): boolean {
  const stores = new Set(admissions.map(({ terminal }) => terminal));
  return stores.size < admissions.length || admissions.filter(({ Confirmed }) => Confirmed).length > 1;
}

/** What of a check record but CheckTime differs from the ticket as it was sold; `mayBeBlank`: it may lack what its code does not hold. */
export function differences(record: Readonly<Record<string, unknown>>, ticket: Ticket, mayBeBlank = false): string[] {
  const { CheckTime: _, ...sold } = checkRecord(ticket);
  if (record.CinemaCode !== undefined) sold.CinemaCode = ticket.cinemaCode;
  return Object.entries(sold).flatMap(([name, expected]) => {
    const found = name === 'Price' || name === 'Service' ? Number(record[name]) : record[name];
    const isSame = found === expected || (mayBeBlank && name in BLANKS && found === BLANKS[name]);
    return isSame ? [] : [`${name} ${JSON.stringify(record[name])} instead of ${JSON.stringify(expected)}`];
  });
}

/** What a verdict says of the ticket, where it says anything, against the ticket as it was sold. */
export function differencesInVerdict(verdict: Readonly<Record<string, unknown>>, ticket: Ticket): string[] {
  const { TicketInfoCode: _, CheckTime: __, ...sold } = checkRecord(ticket, { SeatCode: ticket.seatCode });
  return Object.entries(sold)
    .filter(([name, expected]) => verdict[name] !== undefined && verdict[name] !== expected)
    .map(([name, expected]) => `${name} ${JSON.stringify(verdict[name])} instead of ${JSON.stringify(expected)}`);
}

/** Whether a record has everything that only GetTicketInfo knows. */
export const isComplete = (record: { TicketType: string }): boolean => record.TicketType !== '';
