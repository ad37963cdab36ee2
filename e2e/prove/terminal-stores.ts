import { epochOf, type WallClock } from '@ticket-check/protocol';
import { gateOpenings } from './promise.ts';
import type { ProofResult } from './proof-result.ts';
import type { ProofSite } from './proof-site.ts';

/** More scans than a terminal of a proof has. */
const ALL = '999999999';

interface Listed {
  RecordId: string;
  FilmTicketCode: string;
  Verdict: string | null;
  Confirmed: boolean | null;
  LateVerdict: string | null;
  ScannedAt: WallClock;
  DecidedAt: WallClock | null;
  OpenedAt: WallClock | null;
}

/** What the terminals say of their admissions. */
export interface Admitted {
  confirmed: number;
  unconfirmed: number;
  /** Of the tickets with more than one, those which a terminal raised once it was told of the other entry. */
  raised: number;
  /** Admissions whose scan was decided later than any scan takes: one that was cut off and continued. */
  decidedLater: number;
  /** Admissions whose gate is marked as opened later than any gate takes. */
  openedLater: number;
  /** Admissions whose gate was told to open twice: it was cut off between the gate and the mark. */
  openedAgain: number;
}

/** Longer than the budget of a scan. */
const LATER_MS = 2_000;
/** DecidedAt holds whole seconds, and its clock may be corrected. */
const ROUNDING_MS = 1_000;

/** An admission as the store of a terminal has it, and when its gate opened: epoch milliseconds, from the log. */
type Admission = Listed & { terminal: string; openings: readonly number[] };

/**
 * Holds the stores of the terminals against the national platform, also for what nobody was told because the answer was
 * lost: no ticket was admitted twice by one store or twice as confirmed, no gate opened before its decision, and what the
 * national platform has is what the terminals admitted, no more and no less. To be asked when nothing waits to be sent.
 * Readings C2, C3, C8.
 */
export async function compareStores(terminals: ReadonlyMap<string, ProofSite>, result: ProofResult): Promise<Admitted> {
  const admissions = await admissionsOf(terminals);
  const doubles = [...Map.groupBy(admissions, ({ FilmTicketCode }) => FilmTicketCode).values()].filter(
    ({ length }) => length > 1,
  );
  for (const several of doubles.filter(isUnexplained)) {
    result.doubledUnflagged += 1;
    const words = several.map(({ terminal, Confirmed }) => `${terminal}${Confirmed ? ', confirmed' : ''}`);
    result.failures.push(`${several[0]!.FilmTicketCode} was admitted by ${words.join(' and by ')}`);
  }
  for (const { FilmTicketCode, terminal, DecidedAt, openings } of admissions) {
    if (DecidedAt === null || (openings[0] ?? Number.POSITIVE_INFINITY) > epochOf(DecidedAt) - ROUNDING_MS) continue;
    result.failures.push(`${terminal} opened a gate for ${FilmTicketCode} before that was decided`);
  }

  const [anySite] = terminals.values();
  const records = await anySite!.list<{ RecordId: string }>('national-platform', 'records', 'list');
  const kept = new Set(records.map(({ RecordId }) => RecordId));
  for (const { FilmTicketCode, terminal } of admissions.filter(({ RecordId }) => !kept.delete(RecordId)))
    result.failures.push(`${FilmTicketCode} was admitted by ${terminal} and is not at the national platform`);
  if (kept.size > 0) result.failures.push(`${kept.size} records at the national platform were admitted by no terminal`);

  const count = (isMeant: (admission: Admission) => boolean) => admissions.filter(isMeant).length;
  return {
    confirmed: count(({ Confirmed }) => Confirmed === true),
    unconfirmed: count(({ Confirmed }) => Confirmed !== true),
    decidedLater: count(({ ScannedAt, DecidedAt }) => isLater(ScannedAt, DecidedAt)),
    openedLater: count(({ DecidedAt, OpenedAt }) => isLater(DecidedAt, OpenedAt)),
    openedAgain: count(({ openings }) => openings.length > 1),
    raised: doubles.filter((several) => several.some(({ LateVerdict }) => LateVerdict !== null)).length,
  };
}

async function admissionsOf(terminals: ReadonlyMap<string, ProofSite>): Promise<Admission[]> {
  const admissions: Admission[] = [];
  for (const [terminal, site] of terminals) {
    const openings = gateOpenings(site);
    const scans = await site.list<Listed>('terminal-agent', 'scans', 'list', '--last', ALL);
    for (const scan of scans) {
      if (scan.Verdict === 'ADMIT') admissions.push({ ...scan, terminal, openings: openings.get(scan.RecordId) ?? [] });
    }
  }
  return admissions;
}

/** Two admissions by one store, or two that were both confirmed. */
function isUnexplained(several: readonly Admission[]): boolean {
  const stores = new Set(several.map(({ terminal }) => terminal));
  return stores.size < several.length || several.filter(({ Confirmed }) => Confirmed).length > 1;
}

const isLater = (from: WallClock | null, to: WallClock | null): boolean =>
  from !== null && to !== null && epochOf(to) - epochOf(from) > LATER_MS;
