import { readFileSync } from 'node:fs';
import type { LocalSite, Role } from '@ticket-check/dev-network';
import { businessDate, parseWallClock, wallClockAt } from '@ticket-check/protocol';
import { type Answer, admissionsOf, type Door, doorsSeenBy, type Guest, type Guests } from './guests.ts';
import type { ProofResult } from './proof-result.ts';

const AT_ONCE = 12;

/** A check record as `records list` of the national platform prints it. */
interface Kept {
  RecordId: string;
  FilmTicketCode: string;
  CheckTime: string;
  Quarantined: boolean;
}

/** What doors, guests and peers were told, to be held against what the national platform has. */
export interface Told {
  guests: readonly Guest[];
  /** RecordIds for which a gate opened. */
  opened: ReadonlySet<string>;
  /** What peers reported and a platform confirmed. */
  reported?: readonly { filmTicketCode: string; checkTime: string }[];
  /** How far a door's clock may have been off between two moments; right where missing. */
  clockOff?: (door: Door, from: number, until: number) => ClockError;
}

/** By how much a clock was ahead of the right time, in milliseconds, at least and at most. */
export interface ClockError {
  least: number;
  most: number;
}

const RIGHT: ClockError = { least: 0, most: 0 };

/** What was held against the promise. */
export interface Counted {
  tickets: number;
  admissions: number;
  unanswered: number;
  /** Tickets with more than one record, all of them flagged. */
  doubles: number;
}

/** When the terminal's gates opened, by RecordId, from its log. Epoch milliseconds. */
export function gateOpenings(site: LocalSite): Map<string, number[]> {
  const openings = new Map<string, number[]>();
  for (const line of readFileSync(site.logFile('terminal-agent'), 'utf8').split('\n')) {
    if (!line.includes('"gate opens"')) continue;
    const { recordId, time } = JSON.parse(line) as { recordId: string; time: string };
    openings.set(recordId, [...(openings.get(recordId) ?? []), Date.parse(time)]);
  }
  return openings;
}

/** The RecordIds for which the terminal's gates opened, from its log. */
export const openedGates = (site: LocalSite): Set<string> => new Set(gateOpenings(site).keys());

/**
 * Every guest once more: those who were never let in at the doors where their scans went unanswered, and whoever has
 * stood at one door only at another one, where there is one.
 */
export async function comeBack(guests: Guests, doors: readonly Door[], { failures }: ProofResult): Promise<void> {
  const everyone = guests.seen.entries();
  const isLetIn = async (guest: Guest, door: Door) => {
    const said = (await guests.present(guest, door))?.Verdict ?? 'nothing';
    if (said !== 'ADMIT' && said !== 'ALREADY_ENTERED')
      failures.push(`${guest.ticket.filmTicketCode} was answered ${said} in the end`);
    return said === 'ADMIT';
  };
  const one = async () => {
    for (const [index, guest] of everyone) {
      const inTurn = doors.map((_, place) => doors[(index + place) % doors.length]!);
      const cutOffAt = admissionsOf(guest).length > 0 ? [] : [...new Set(guest.unansweredAt)];
      for (const door of cutOffAt) if (await isLetIn(guest, door)) break;
      const seen = doorsSeenBy(guest);
      const another = seen.size > 1 ? undefined : inTurn.find((door) => !seen.has(door));
      const last = another ?? (cutOffAt.length === 0 ? inTurn[0] : undefined);
      if (last !== undefined) await isLetIn(guest, last);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

/**
 * Holds what the national platform has against what was told: every admission is there once with its own time, nothing
 * that was refused is there, nobody was locked out, nobody entered twice at one terminal or with two confirmed answers,
 * and every other double is flagged on both records.
 */
export async function holdPromise(site: LocalSite, told: Told, result: ProofResult): Promise<Counted> {
  const everyRecord = await list(site, 'national-platform', 'list');
  const records = Map.groupBy(everyRecord, ({ FilmTicketCode }) => FilmTicketCode);
  const entries = new Set(everyRecord.filter(({ Quarantined }) => !Quarantined).map(({ RecordId }) => RecordId));
  const [flagged, flaggedBelow] = [
    await listDoubles(site, 'national-platform', everyRecord),
    await listDoubles(site, 'third-party-platform', everyRecord),
  ];
  const of = (filmTicketCode: string) => records.get(filmTicketCode) ?? [];
  const count: Counted = { tickets: told.guests.length, admissions: 0, unanswered: 0, doubles: 0 };

  for (const guest of told.guests) {
    const { filmTicketCode } = guest.ticket;
    const admissions = admissionsOf(guest);
    const kept = of(filmTicketCode);
    count.admissions += admissions.length;
    count.unanswered += guest.unansweredAt.length;
    result.lost += admissions.filter((answer) => !isAt(kept, guest, answer, told.clockOff)).length;
    if (isDouble(admissions)) {
      result.doubledUnflagged += 1;
      result.failures.push(`${filmTicketCode} entered twice: ${admissions.map(inWords).join('; ')}`);
    }
    if (kept.length > 1) {
      count.doubles += 1;
      if (!kept.every(({ RecordId }) => flagged.has(RecordId) && flaggedBelow.has(RecordId))) {
        result.doubledUnflagged += 1;
      }
    }
    // The answer may have been lost after the gate had opened.
    if (admissions.length === 0 && !kept.some(({ RecordId }) => told.opened.has(RecordId))) {
      result.failures.push(`${filmTicketCode} was locked out: ${guest.answers.at(-1)?.verdict.Verdict ?? 'no answer'}`);
    }
    const unexplained = kept.filter(
      ({ RecordId }) => !admissions.some(({ verdict }) => verdict.RecordId === RecordId),
    ).length;
    const refused = guest.answers.filter(({ verdict }) => verdict.Verdict !== 'ADMIT');
    const isEntry = ({ verdict }: Answer) => verdict.RecordId !== undefined && entries.has(verdict.RecordId);
    if (unexplained > guest.unansweredAt.length || refused.some(isEntry)) {
      result.failures.push(`${filmTicketCode} was refused and is an entry at the national platform`);
    }
  }
  const everyId = new Set(everyRecord.map(({ RecordId }) => RecordId));
  result.lost += [...told.opened].filter((recordId) => !everyId.has(recordId)).length;
  for (const { filmTicketCode, checkTime } of told.reported ?? []) {
    const found = of(filmTicketCode).filter(({ CheckTime }) => CheckTime === checkTime).length;
    if (found === 0) result.lost += 1;
    if (found > 1) result.doubledUnflagged += 1;
  }
  const reported = told.reported === undefined ? '' : `, ${told.reported.length} reported records confirmed`;
  result.notes.push(
    `${count.tickets} tickets, ${count.admissions} admissions, ${count.unanswered} scans without an answer, ${count.doubles} flagged doubles${reported}`,
  );
  return count;
}

/** Whether the record of an admission is there, with a time between the guest's first scan and the answer. */
function isAt(
  kept: readonly Kept[],
  { firstAskedAt }: Guest,
  { door, verdict, answeredAt }: Answer,
  clockOff: Told['clockOff'] = () => RIGHT,
): boolean {
  const { least, most } = clockOff(door, firstAskedAt, answeredAt);
  const record = kept.find(({ RecordId }) => RecordId === verdict.RecordId);
  return (
    record !== undefined &&
    !record.Quarantined &&
    record.CheckTime >= wallClockAt(firstAskedAt + least) &&
    record.CheckTime <= wallClockAt(answeredAt + most)
  );
}

/** Two admissions by one store, or two that were both confirmed. */
function isDouble(admissions: readonly Answer[]): boolean {
  const terminals = admissions.map(({ door }) => door.terminal);
  const confirmed = admissions.filter(({ verdict }) => verdict.Confirmed === true);
  return new Set(terminals).size < terminals.length || confirmed.length > 1;
}

const inWords = ({ door, answeredAt, verdict }: Answer): string =>
  `${door.terminal} ${door.gate} at ${wallClockAt(answeredAt)}, ${verdict.Confirmed ? 'confirmed' : 'not confirmed'}`;

/** The RecordIds that a platform flags as doubles on any business date of these records. */
async function listDoubles(site: LocalSite, role: Role, records: readonly Kept[]): Promise<Set<string>> {
  const flagged = new Set<string>();
  for (const date of new Set(records.map(({ CheckTime }) => businessDate(parseWallClock(CheckTime))))) {
    for (const { RecordId } of await list(site, role, 'doubles', '--date', date)) flagged.add(RecordId);
  }
  return flagged;
}

async function list(site: LocalSite, role: Role, ...command: string[]): Promise<Kept[]> {
  const lines = (await site.command(role, ['records', ...command])).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}
