import { ProtocolError } from '@ticket-check/protocol';
import { type CallPriority, PRIORITIES } from '../priority.ts';

/**
 * The requests that wait for the event loop of a service. While it keeps up, each starts at once. Otherwise claims start
 * first, then questions, keys, reports and background calls, each kind in the order of arrival. A small share of places is
 * for kinds that would never have their turn, and a request is refused as soon as it cannot be in time.
 */
export type AdmissionQueue = {
  /**
   * Does the work of an arriving request.
   * @throws ProtocolError OVERLOADED, without starting it: at once if its forecast exceeds its budget or too many wait, otherwise when its budget ends; with `retryAfterSeconds` in the details.
   */
  run<T>(priority: CallPriority, work: () => Promise<T>): Promise<T>;
  /** Requests that wait now. */
  waiting(): number;
  /** Requests refused so far, by what they are for. */
  shed(): Readonly<Record<CallPriority, number>>;
};

/**
 * How long a request waits here at most, in milliseconds. A guest at a gate gives up after a second and a half, a terminal
 * that fetches keys after five seconds. Reports and the like have half a minute, most of it for being stored.
 */
const BUDGET_MS: Readonly<Record<CallPriority, number>> = {
  claim: 1500,
  question: 1500,
  keys: 5000,
  report: 10_000,
  background: 10_000,
};
/** For at least so long requests begin before what has arrived meanwhile is read, so that a claim among it goes first. */
const SLICE_MS = 5;
/** Each holds up to 64 KiB; a larger one has a place among the large requests of its account. */
const MAX_WAITING = 10_000;
/**
 * The most requests under way and not answered yet: claims take all of these places, others only the first half. More would
 * queue for the database, which has no priorities and no forecasts.
 */
const MAX_UNDER_WAY = 1000;
/**
 * After this many more urgent requests one less urgent request begins: endless claims would otherwise keep everything else
 * out, and these few cost claims next to nothing.
 */
const IN_A_ROW = 32;
/**
 * But none of a kind with this many under way: a large report takes far longer than a claim. Each kind has its own bound, so that a
 * herd of reports keeps no question out.
 */
const MAX_OUT_OF_TURN = 16;
/** Refused in one turn of the event loop at most, as many as it answers in some milliseconds. */
const MAX_REFUSED = 100;
/**
 * Waiting times are forecast by the fastest of this many slices, and not by fewer: a slice with many handshakes says
 * little, nor does the start of a burst, when the first requests are not answered yet.
 */
const SLICES = 8;

/** How many requests began one after the other, and when. */
type Slice = { readonly at: number; readonly begun: number };
type Waiting = { readonly startBy: number; begin(): void; refuse(): void };

/** The requests for one purpose. */
type Lane = {
  readonly priority: CallPriority;
  /** In the order of their arrival, and so of their `startBy`. */
  readonly waiting: Waiting[];
  /** Refuses the first of them when its time is over; null if none has been set. */
  timer: NodeJS.Timeout | null;
  /** Started and not answered yet. */
  underWay: number;
  /** The number of this lane's latest start among all waiting requests: the higher, the later. */
  lastBegun: number;
  /** How many waiting requests started in the current slice. */
  begun: number;
  /** The latest slice in which some that had waited began. */
  last: Slice | null;
  /** Milliseconds from one beginning to the next, in the latest slices while requests waited. */
  paces: readonly number[];
  shed: number;
};

/** @param options `now`: milliseconds, monotonic; `performance.now` by default. */
export function createAdmissionQueue({ now = () => performance.now() } = {}): AdmissionQueue {
  const byPriority = {
    claim: createLane('claim'),
    question: createLane('question'),
    keys: createLane('keys'),
    report: createLane('report'),
    background: createLane('background'),
  } satisfies Record<CallPriority, Lane>;
  const leastUrgentFirst = PRIORITIES.map((priority) => byPriority[priority]);
  const byUrgency = leastUrgentFirst.toReversed();
  let waiting = 0;
  let underWay = 0;
  /** How many waiting requests started so far. */
  let haveBegun = 0;
  /** How many more urgent requests started since a less urgent one did while it waited. */
  let inARow = 0;
  /** When this turn of the event loop began to read requests; null if it has read none. */
  let turnAt: number | null = null;

  function openTurn(at: number): void {
    turnAt = at;
    setImmediate(nextSlice, at);
  }

  /** Runs when the event loop has read what arrived since `readingAt`. */
  function nextSlice(readingAt: number): void {
    turnAt = null;
    for (const lane of byUrgency) if (lane.waiting.length === 0) forgetPace(lane);
    if (waiting === 0) return;
    const at = now();
    // Runs as long as reading took, so that reading does not outrun answering.
    const ms = Math.max(SLICE_MS, at - readingAt);
    const isProgress = takeNext();
    let goesOn = isProgress;
    while (goesOn && now() - at < ms) goesOn = takeNext();
    for (const each of byUrgency) notePace(each, at);
    // With every place taken, the next answer continues this.
    if (isProgress) openTurn(now());
  }

  /**
   * Begins one of the most urgent, or after many of these one of another, or refuses it where its turn came too late.
   * @returns false if none may begin now
   */
  function takeNext(): boolean {
    const [first, ...others] = byUrgency.filter((lane) => lane.waiting.length > 0);
    if (first === undefined) return false;
    const outOfTurn = inARow < IN_A_ROW ? [] : others.filter((lane) => lane.underWay < MAX_OUT_OF_TURN);
    if (outOfTurn.length > 0) {
      inARow = 0;
      return takeFirst(outOfTurn.reduce((longest, lane) => (lane.lastBegun < longest.lastBegun ? lane : longest)));
    }
    if (!hasPlace(first.priority)) return false;
    if (others.length > 0) inARow += 1;
    return takeFirst(first);
  }

  const lessUrgentThan = (priority: CallPriority) => leastUrgentFirst.slice(0, PRIORITIES.indexOf(priority));

  const hasPlace = (priority: CallPriority) => underWay < (priority === 'claim' ? MAX_UNDER_WAY : MAX_UNDER_WAY / 2);

  function takeFirst(lane: Lane): boolean {
    const first = lane.waiting.shift();
    if (first === undefined) return false;
    waiting -= 1;
    if (now() > first.startBy) {
      first.refuse();
      return true;
    }
    haveBegun += 1;
    lane.lastBegun = haveBegun;
    lane.begun += 1;
    first.begin();
    return true;
  }

  async function answered<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    underWay += 1;
    lane.underWay += 1;
    try {
      return await work();
    } finally {
      underWay -= 1;
      lane.underWay -= 1;
      if (waiting > 0 && turnAt === null) openTurn(now());
    }
  }

  /** Has the requests of a lane refused as their time is over, whether or not anything begins meanwhile. */
  function refuseInTime(lane: Lane): void {
    const [first] = lane.waiting;
    if (lane.timer !== null || first === undefined) return;
    // The first whole millisecond after it.
    lane.timer = setTimeout(refuseLate, Math.max(1, Math.floor(first.startBy - now()) + 1), lane).unref();
  }

  function refuseLate(lane: Lane): void {
    lane.timer = null;
    const at = now();
    const inTime = lane.waiting.slice(0, MAX_REFUSED).findIndex(({ startBy }) => at <= startBy);
    const late = lane.waiting.splice(0, inTime === -1 ? MAX_REFUSED : inTime);
    waiting -= late.length;
    for (const { refuse } of late) refuse();
    refuseInTime(lane);
  }

  /** Refuses the latest less urgent request; `false` if there is none. */
  function makeRoom(priority: CallPriority): boolean {
    const displaced = lessUrgentThan(priority)
      .find((lane) => lane.waiting.length > 0)
      ?.waiting.pop();
    if (displaced === undefined) return false;
    waiting -= 1;
    displaced.refuse();
    return true;
  }

  return {
    run(priority, work) {
      const at = now();
      if (turnAt === null) openTurn(at);
      const lane = byPriority[priority];
      if (waiting === 0 && hasPlace(priority) && at - (turnAt ?? at) < SLICE_MS) return answered(lane, work);
      const budgetMs = BUDGET_MS[priority];
      return new Promise((resolve, reject) => {
        if (foreseen(lane) > budgetMs || (waiting >= MAX_WAITING && !makeRoom(priority))) {
          throw overloaded(lane, foreseen(lane));
        }
        waiting += 1;
        const startBy = at + budgetMs;
        const begin = () => resolve(answered(lane, work));
        // A request that waited in vain this long would do so again, whatever the forecast.
        const refuse = () =>
          reject(overloaded(lane, now() > startBy ? Math.max(budgetMs, foreseen(lane)) : foreseen(lane)));
        lane.waiting.push({ startBy, begin, refuse });
        refuseInTime(lane);
      });
    },
    waiting: () => waiting,
    shed: () => ({
      claim: byPriority.claim.shed,
      question: byPriority.question.shed,
      keys: byPriority.keys.shed,
      report: byPriority.report.shed,
      background: byPriority.background.shed,
    }),
  };
}

function createLane(priority: CallPriority): Lane {
  return {
    priority,
    waiting: [],
    timer: null,
    underWay: 0,
    lastBegun: 0,
    begun: 0,
    last: null,
    paces: [],
    shed: 0,
  };
}

/** Takes note of the slice that began at `at` and is over. */
function notePace(lane: Lane, at: number): void {
  const { begun, last, paces } = lane;
  if (begun === 0) return;
  if (last !== null) lane.paces = [...paces, (at - last.at) / last.begun].slice(-SLICES);
  lane.last = { at, begun };
  lane.begun = 0;
}

function forgetPace(lane: Lane): void {
  lane.paces = [];
  lane.last = null;
}

/**
 * Forecasts the milliseconds until a request that arrives now would begin, by the pace of those before it for the same
 * purpose. That pace includes everything more urgent, even what is still to come.
 */
function foreseen({ waiting, paces }: Lane): number {
  return paces.length < SLICES ? 0 : waiting.length * Math.min(...paces);
}

function overloaded(lane: Lane, waitMs: number): ProtocolError {
  lane.shed += 1;
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new ProtocolError(
    'OVERLOADED',
    `More is asked here than can be answered in time; send this request again in ${retryAfterSeconds} s.`,
    { retryAfterSeconds },
  );
}
