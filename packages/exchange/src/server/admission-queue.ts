import { ProtocolError } from '@ticket-check/protocol';
import { type CallPriority, PRIORITIES } from '../priority.ts';

/**
 * The requests that wait for the event loop of a service. While it keeps up, each begins at once. When it does not, claims
 * begin first, then questions, keys, reports and what nobody waits for, each kind in the order of its arrival. A small share
 * of places is for kinds that would never have their turn, and whoever has waited in vain is refused when that is certain.
 */
export type AdmissionQueue = {
  /**
   * Does the work of a request that has come now.
   * @throws ProtocolError OVERLOADED, without beginning it: at once where its turn is not foreseen within its budget or too
   * many wait, and when its budget ends where its turn has not come; with `retryAfterSeconds` in the details.
   */
  run<T>(priority: CallPriority, work: () => Promise<T>): Promise<T>;
  /** Requests that wait now. */
  waiting(): number;
  /** Requests refused so far, by what they are for. */
  shed(): Readonly<Record<CallPriority, number>>;
};

/**
 * How long a request waits here at most, in milliseconds. Whoever waits at a gate gives up after a second and a half, and a
 * terminal that fetches keys after five seconds. Reports and the like have half a minute, of which being kept takes most.
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
 * Requests that have begun and are not answered yet: claims take all of these places, others only the first half. More would
 * wait behind each other for the database, where nobody goes first and nothing is foreseen.
 */
const MAX_UNDER_WAY = 1000;
/**
 * Where less urgent requests wait, one of them begins after so many that are more urgent: claims without end would otherwise
 * keep everything else out, and so few cost claims next to nothing.
 */
const IN_A_ROW = 32;
/**
 * But none of a kind of which so many are under way: a large report takes far longer than a claim. Each kind is bound by itself, so
 * that a herd of reports keeps no question out.
 */
const MAX_OUT_OF_TURN = 16;
/** Refused in one turn of the event loop at most, as many as it answers in some milliseconds. */
const MAX_REFUSED = 100;
/**
 * Waiting times are foreseen by the fastest of so many slices, and not by fewer: one that many handshakes fell into says
 * little, nor does the beginning of a burst, when what began first is not answered yet.
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
  /** Refuses the first of them when its time is over; null where none has been set. */
  timer: NodeJS.Timeout | null;
  /** Have begun and are not answered yet. */
  underWay: number;
  /** Of all that had waited, which began last of these: the higher, the later. */
  lastBegun: number;
  /** How many that had waited have begun in the slice under way. */
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
  /** How many that had waited have begun. */
  let haveBegun = 0;
  /** How many have begun before less urgent ones that waited, since one of these began. */
  let inARow = 0;
  /** When this turn of the event loop began to read requests; null where it has read none. */
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
    // As long as reading took, so that it does not outrun answering.
    const ms = Math.max(SLICE_MS, at - readingAt);
    const isProgress = takeNext();
    let goesOn = isProgress;
    while (goesOn && now() - at < ms) goesOn = takeNext();
    for (const each of byUrgency) notePace(each, at);
    // Where every place is taken, what is answered next goes on with this.
    if (isProgress) openTurn(now());
  }

  /**
   * Begins one of the most urgent, or after many of these one of another, or refuses it where its turn came too late.
   * @returns false where none may begin now
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

  /** Refuses the last that came of those that are less urgent than this one; `false` where there are none. */
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
        // What has waited in vain for so long would do so again, however long it seems to take.
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
 * Milliseconds until a request that comes now would begin: by how those before it for the same purpose have begun, and so by
 * all that is more urgent, also what is still to come.
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
