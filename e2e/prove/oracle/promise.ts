import type { Ticket } from '@ticket-check/simulators/box-office';
import type { Site } from '../../testing/site.ts';
import { admissionsOf, type Door, type Guest } from '../guests.ts';
import { type Broken, type ProofResult, shortened } from '../report.ts';
import { type ClockError, judgeAnswers, judgeRepeats, scanTimes } from './answers.ts';
import { judgeDoubles } from './doubles.ts';
import { gather, type Kept } from './evidence.ts';
import { judgeOverrides, type OverrideAsked } from './overrides.ts';
import { judgeStores, type Reported } from './stores.ts';

/** What guests, doors and peers were answered, to be compared with what every store holds. */
export interface Observed {
  guests: readonly Guest[];
  sold: readonly Ticket[];
  reported?: readonly Reported[];
  /** How far a door's clock may have been off between two moments; right where missing. */
  clockOff?: (door: Door, from: number, until: number) => ClockError;
  wrongClocks?: readonly string[];
  overrides?: readonly OverrideAsked[];
  /** Records of those who are not held to the promise: it is as if they were not there. */
  isForeign?: (record: Kept) => boolean;
  /** What a scan may take, where a terminal has another setting than usual. */
  budgetMs?: number;
}

const RIGHT: ClockError = { least: 0, most: 0 };
/** A fault in every record shows in some of them. */
const MAX_REPORTED = 20;

/** Holds the promise at all terminals that ever let anybody in: to be asked when nothing waits to be sent and everything runs. */
export async function holdPromise(terminals: ReadonlyMap<string, Site>, observed: Observed, result: ProofResult) {
  const { guests, sold, reported = [], overrides = [], clockOff = () => RIGHT, wrongClocks = [] } = observed;
  const { isForeign = () => false, budgetMs } = observed;
  const evidence = await gather(terminals, isForeign);
  const isClockRight = (terminal: string) => !wrongClocks.includes(terminal);
  const broken: Broken = { lost: 0, doubledUnflagged: 0, failures: [] };
  judgeAnswers(guests, evidence, clockOff, broken);
  const stores = judgeStores(evidence, sold, { reported, isClockRight }, broken);
  const doubles = await judgeDoubles(terminals, evidence, isClockRight, broken);
  await judgeOverrides(terminals, evidence, overrides, broken.failures);
  const repeats = judgeRepeats(guests, result.failures);
  const atNational = new Set(evidence.national.map(({ RecordId }) => RecordId));
  result.lost += broken.lost + [...evidence.opened].filter((recordId) => !atNational.has(recordId)).length;
  result.doubledUnflagged += broken.doubledUnflagged;
  result.failures.push(...shortened(broken.failures, MAX_REPORTED));

  const admissions = guests.flatMap(admissionsOf).length;
  const unanswered = guests.flatMap((guest) => guest.unanswered).length;
  const confirmed = reported.filter((record) => record.confirmed).length;
  const reportedToo = confirmed === 0 ? '' : `, ${confirmed} reported records confirmed`;
  result.notes.push(
    `${guests.length} tickets, ${admissions} admissions, ${unanswered} scans without an answer, ${repeats} reads answered once more, ${doubles.doubles} flagged doubles, ${doubles.raised} of them raised at a terminal${reportedToo}`,
    scanTimes(guests, result.failures, budgetMs),
  );
  return {
    ...stores,
    ...doubles,
    unanswered,
    /** Reads of one ticket by one scanner within moments that were answered as one. */
    repeats,
    returns: evidence.undone.size,
  };
}
