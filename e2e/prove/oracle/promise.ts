import type { Ticket } from '@ticket-check/simulators/box-office';
import type { Site } from '../../testing/site.ts';
import type { Door, Guest } from '../guests.ts';
import type { ProofResult } from '../report.ts';
import { type ClockError, judgeAnswers, judgeRepeats, scanTimes } from './answers.ts';
import { type DoublesJudged, judgeDoubles } from './doubles.ts';
import { gather, type Kept } from './evidence.ts';
import { judgeOverrides, type OverrideAsked } from './overrides.ts';
import { type Admitted, judgeStores, type Reported } from './stores.ts';

/** What guests, doors and peers were answered, to be compared with what every store holds. */
export interface Observed {
  guests: readonly Guest[];
  /** Everything that the box office ever sold. */
  sold: readonly Ticket[];
  reported?: readonly Reported[];
  /** How far a door's clock may have been off between two moments; right where missing. */
  clockOff?: (door: Door, from: number, until: number) => ClockError;
  /** The terminals whose clocks were wrong at times. */
  wrongClocks?: readonly string[];
  /** What supervisors decided; nobody else was let in after a refusal. */
  overrides?: readonly OverrideAsked[];
  /** Records of those who are not held to the promise: it is as if they were not there. */
  isForeign?: (record: Kept) => boolean;
  /** What a scan may take, where a terminal has another setting than usual. */
  budgetMs?: number;
}

/** What was held against the promise. */
export type Counted = Admitted &
  Pick<DoublesJudged, 'doubles' | 'entered' | 'raised'> & {
    tickets: number;
    admissions: number;
    unanswered: number;
    /** Reads of one ticket by one scanner within moments that were answered as one. */
    repeats: number;
  };

const RIGHT: ClockError = { least: 0, most: 0 };
/** A fault in every record shows in some of them. */
const MAX_REPORTED = 20;

/**
 * Holds the promise: to be asked when nothing waits to be sent and everything runs. Each part is described at
 * `judgeAnswers`, `judgeStores`, `judgeDoubles`, `judgeOverrides`, `judgeRepeats` and `scanTimes`.
 *
 * @param terminals all that ever let anybody in, by the names that their doors carry
 */
export async function holdPromise(
  terminals: ReadonlyMap<string, Site>,
  observed: Observed,
  result: ProofResult,
): Promise<Counted> {
  const {
    guests,
    sold,
    reported = [],
    overrides = [],
    clockOff = () => RIGHT,
    wrongClocks = [],
    isForeign = () => false,
    budgetMs,
  } = observed;
  const evidence = await gather(terminals, isForeign);
  const answers = judgeAnswers(guests, evidence, clockOff);
  const isClockRight = (terminal: string) => !wrongClocks.includes(terminal);
  const stores = judgeStores(evidence, sold, { reported, isClockRight });
  const doubles = await judgeDoubles(terminals, evidence, isClockRight);
  const overridden = await judgeOverrides(terminals, evidence, overrides);
  const repeats = judgeRepeats(guests, result.failures);
  const atNational = new Set(evidence.national.map(({ RecordId }) => RecordId));
  const openedAndLost = [...evidence.opened].filter((recordId) => !atNational.has(recordId)).length;
  result.lost += answers.lost + stores.lost + openedAndLost;
  result.doubledUnflagged += answers.doubled + stores.doubled + doubles.unflagged;
  const failures = [...answers.failures, ...stores.failures, ...doubles.failures, ...overridden];
  result.failures.push(...failures.slice(0, MAX_REPORTED));
  if (failures.length > MAX_REPORTED) result.failures.push(`and ${failures.length - MAX_REPORTED} more like these`);

  const { admissions, unanswered } = answers;
  const confirmed = reported.filter((record) => record.confirmed).length;
  const reportedToo = confirmed === 0 ? '' : `, ${confirmed} reported records confirmed`;
  result.notes.push(
    `${guests.length} tickets, ${admissions} admissions, ${unanswered} scans without an answer, ${repeats} reads answered once more, ${doubles.doubles} flagged doubles, ${doubles.raised} of them raised at a terminal${reportedToo}`,
    scanTimes(guests, result.failures, budgetMs),
  );
  const { doubles: twice, entered, raised } = doubles;
  return { ...stores, doubles: twice, entered, raised, tickets: guests.length, admissions, unanswered, repeats };
}
