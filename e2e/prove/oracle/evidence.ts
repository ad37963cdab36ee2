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
  /** That it came through; none where a terminal lists its own. */
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

type Is = (record: Kept) => boolean;

/** A command to open a gate: when, in epoch milliseconds, and by which process. */
type Opening = { at: number; process: number };

/** A scan, its place, and the commands to open its gate, in order. */
export type ScanAt = Scan & { terminal: string; openings: readonly Opening[] };

export type Evidence = Awaited<ReturnType<typeof gather>>;

/** Reads the stores of both platforms and of these terminals once all has settled, without records of those who are not held to the promise. */
export async function gather(terminals: Terminals, isForeign: Is) {
  const site = [...terminals.values()][0]!;
  const own = await atEach(terminals, (its) => its.list<Kept>('terminal-agent', 'records', 'list'));
  const isUndone = ({ UndoneAt }: Kept) => UndoneAt !== undefined;
  const undone = idsOf([...own.values()].flat().filter(isUndone));
  const isSettled = (record: Kept) =>
    (record.Quarantined || isComplete(record)) && (isUndone(record) || !undone.has(record.RecordId));
  const [national, thirdParty, listed] = await Promise.all([
    settledAt(site, 'national-platform', isForeign, isSettled),
    settledAt(site, 'third-party-platform', isForeign, isSettled),
    scansAt(terminals),
  ]);
  const openings = new Map([...terminals].map(([name, its]) => [name, gateOpenings(its)]));
  const scans = [...listed].flatMap(([terminal, all]) =>
    all.map((scan): ScanAt => ({ ...scan, terminal, openings: openings.get(terminal)!.get(scan.RecordId) ?? [] })),
  );
  // A process that is killed may leave the mark and not the line of its log.
  const openedByMark = scans.filter(({ OpenedAt }) => OpenedAt !== null).map(({ RecordId }) => RecordId);
  const dates = [...new Set(national.map(({ CheckTime }) => businessDate(parseWallClock(CheckTime))))];
  const flaggedAt = async (role: Role) => {
    const listed = dates.map((date) => site.list<Kept>(role, 'records', 'doubles', '--date', date));
    return idsOf((await Promise.all(listed)).flat().filter((record) => !isForeign(record)));
  };
  return {
    national,
    thirdParty,
    own,
    scans,
    undone,
    opened: new Set([...[...openings.values()].flatMap((byId) => [...byId.keys()]), ...openedByMark]),
    flagged: {
      'national-platform': await flaggedAt('national-platform'),
      'third-party-platform': await flaggedAt('third-party-platform'),
    },
  };
}

const idsOf = (records: readonly Kept[]): ReadonlySet<string> => new Set(records.map(({ RecordId }) => RecordId));

/** Terminals by the names that their doors carry. */
export type Terminals = ReadonlyMap<string, Site>;

export async function atEach<T>(terminals: Terminals, read: (terminal: Site) => Promise<T>): Promise<Map<string, T>> {
  const each = [...terminals].map(async ([name, its]) => [name, await read(its)] as const);
  return new Map(await Promise.all(each));
}

export const scansAt = (terminals: Terminals): Promise<Map<string, Scan[]>> =>
  atEach(terminals, (its) => its.list<Scan>('terminal-agent', 'scans', 'list', '--last', ALL));

/** Every record at a platform, complete or undone where that comes within a time; otherwise as it is, for the oracle to name. */
async function settledAt(site: Site, role: Role, isForeign: Is, isSettled: Is): Promise<Kept[]> {
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
  const lines = readFileSync(site.logFile('terminal-agent'), 'utf8').split('\n');
  // A process that was killed did not come to the end of its last line.
  const openings = lines
    .filter((line) => line.includes('"gate opens"') && line.endsWith('}'))
    .map((line) => {
      const { recordId, time, pid } = JSON.parse(line) as { recordId: string; time: string; pid: number };
      return { recordId, at: Date.parse(time), process: pid };
    });
  return Map.groupBy(openings, ({ recordId }) => recordId);
}
