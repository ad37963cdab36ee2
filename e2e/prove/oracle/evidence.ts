import { readFileSync } from 'node:fs';
import { businessDate, parseWallClock, type WallClock } from '@ticket-check/protocol';
import type { LocalSite, Role } from '@ticket-check/simulators/dev-network';
import type { Site } from '../../testing/site.ts';
import { until } from '../report.ts';
import { isComplete } from './stores.ts';

/** More scans than a terminal of a proof has. */
const ALL = '999999999';
/** What was made without the platform is completed every few seconds, beside the queue. */
const COMPLETE_WITHIN_MS = 45_000;
const NO_PROGRESS_MS = 12_000;
const LOOK_AGAIN_MS = 500;

/** A check record as `records list` prints it: every element of the scheme, and what the store knows besides. */
export interface Kept extends Readonly<Record<string, unknown>> {
  RecordId: string;
  FilmTicketCode: string;
  CheckTime: WallClock;
  TicketType: string;
  Quarantined: boolean;
  /** What the ticket had been refused as, where a supervisor let the guest in. */
  OverriddenVerdict?: string;
  /** Its guest stepped out and came back: another entry replaces it. */
  UndoneAt?: WallClock;
  /** The account or the gate that it came through. */
  /** None where a terminal lists its own. */
  Account?: string;
  ReceivedAt: WallClock;
}

/** A scan as `scans list` prints it. */
export interface Scan {
  RecordId: string;
  Gate: string;
  FilmTicketCode: string | null;
  Verdict: string | null;
  Confirmed: boolean | null;
  RefundStateKnown: boolean | null;
  LateVerdict: string | null;
  LateFirstEntry: WallClock | null;
  ScannedAt: WallClock;
  DecidedAt: WallClock | null;
  OpenedAt: WallClock | null;
  /** Where a supervisor let the guest in: the RecordId of the refused scan, who did it and why. */
  Overrides?: string;
  OverriddenBy?: string;
  OverrideReason?: string;
}

/** A command to open a gate: when, in epoch milliseconds, and by which process. */
interface Opening {
  at: number;
  process: number;
}

/** A scan, its place, and the commands to open its gate, in order. */
export type ScanAt = Scan & { terminal: string; openings: readonly Opening[] };

/** All that stores and logs say once nothing waits to be sent any more. */
export type Evidence = Awaited<ReturnType<typeof gather>>;

/**
 * Reads the stores of both platforms and of these terminals, once every record at both platforms is settled; records of
 * those who are not held to the promise are left out.
 */
export async function gather(terminals: ReadonlyMap<string, Site>, isForeign: (record: Kept) => boolean) {
  const site = [...terminals.values()][0]!;
  const own = await atEach(terminals, (its) => its.list<Kept>('terminal-agent', 'records', 'list'));
  const isUndone = ({ UndoneAt }: Kept) => UndoneAt !== undefined;
  const undone = idsOf([...own.values()].flat().filter(isUndone));
  const isSettled = (record: Kept) =>
    (record.Quarantined || isComplete(record)) && (isUndone(record) || !undone.has(record.RecordId));
  const at = { isForeign, isSettled };
  const [national, thirdParty, listed] = await Promise.all([
    settledAt(site, 'national-platform', at),
    settledAt(site, 'third-party-platform', at),
    scansAt(terminals),
  ]);
  const openings = new Map([...terminals].map(([name, its]) => [name, gateOpenings(its)]));
  const scans = [...listed].flatMap(([terminal, all]) =>
    all.map((scan): ScanAt => ({ ...scan, terminal, openings: openings.get(terminal)!.get(scan.RecordId) ?? [] })),
  );
  // A process that is killed may leave the mark and not the line of its log.
  const openedByMark = scans.filter(({ OpenedAt }) => OpenedAt !== null).map(({ RecordId }) => RecordId);
  const dates = new Set(national.map(({ CheckTime }) => businessDate(parseWallClock(CheckTime))));
  const flaggedAt = async (role: Role) => {
    const doublesOf = (date: string) => site.list<Kept>(role, 'records', 'doubles', '--date', date);
    const doubles = (await Promise.all([...dates].map(doublesOf))).flat();
    return idsOf(doubles.filter((record) => !isForeign(record)));
  };
  return {
    national,
    thirdParty,
    /** What each terminal keeps itself, by its name. */
    own,
    scans,
    /** RecordIds of entries that were undone, as their terminals say. */
    undone,
    /** RecordIds for which a gate opened. */
    opened: new Set([...[...openings.values()].flatMap((byId) => [...byId.keys()]), ...openedByMark]),
    /** RecordIds that each platform flags as doubles. */
    flagged: {
      'national-platform': await flaggedAt('national-platform'),
      'third-party-platform': await flaggedAt('third-party-platform'),
    },
  };
}

const idsOf = (records: readonly Kept[]): ReadonlySet<string> => new Set(records.map(({ RecordId }) => RecordId));

/** What is read at each of these terminals, by their names. */
export async function atEach<T>(
  terminals: ReadonlyMap<string, Site>,
  read: (terminal: Site) => Promise<T>,
): Promise<Map<string, T>> {
  const each = [...terminals].map(async ([name, its]) => [name, await read(its)] as const);
  return new Map(await Promise.all(each));
}

/** Every scan of these terminals, by the names of the terminals. */
export const scansAt = (terminals: ReadonlyMap<string, Site>): Promise<Map<string, Scan[]>> =>
  atEach(terminals, (its) => its.list<Scan>('terminal-agent', 'scans', 'list', '--last', ALL));

/** Every record at a platform, complete or undone where that comes within a time; otherwise as it is, for the oracle to name. */
async function settledAt(
  site: Site,
  role: Role,
  { isForeign, isSettled }: Readonly<Record<'isForeign' | 'isSettled', (record: Kept) => boolean>>,
): Promise<Kept[]> {
  let records: Kept[] = [];
  let [fewest, fewestAt] = [Number.POSITIVE_INFINITY, performance.now()];
  const look = async () => {
    records = (await site.list<Kept>(role, 'records', 'list')).filter((record) => !isForeign(record));
    const unsettled = records.filter((record) => !isSettled(record)).length;
    if (unsettled < fewest) [fewest, fewestAt] = [unsettled, performance.now()];
    return unsettled === 0 || performance.now() - fewestAt > NO_PROGRESS_MS;
  };
  const within = { withinMs: COMPLETE_WITHIN_MS, everyMs: LOOK_AGAIN_MS };
  await until(`every record at the ${role} is settled`, look, within).catch(() => {});
  return records;
}

/** The commands to open gates, by RecordId, from the terminal's log. */
export function gateOpenings(site: LocalSite): Map<string, Opening[]> {
  const openings = new Map<string, Opening[]>();
  for (const line of readFileSync(site.logFile('terminal-agent'), 'utf8').split('\n')) {
    // A process that was killed did not come to the end of its last line.
    if (!line.includes('"gate opens"') || !line.endsWith('}')) continue;
    const { recordId, time, pid } = JSON.parse(line) as { recordId: string; time: string; pid: number };
    openings.set(recordId, [...(openings.get(recordId) ?? []), { at: Date.parse(time), process: pid }]);
  }
  return openings;
}
