import { ProtocolError } from '@ticket-check/protocol';
import { type CallPriority, PRIORITIES } from '../priority.ts';

/**
 * The requests that wait for the event loop of a service. While it keeps up, each begins at once. When it does not, claims
 * begin first, then questions, keys, reports and what nobody waits for, each kind in the order of its arrival.
 */
export type AdmissionQueue = {
  /**
   * Does the work of a request that has come now.
   * @throws ProtocolError OVERLOADED, without beginning it, where its turn is not foreseen within its budget, where it did
   * not come within it, or where too many wait; with `retryAfterSeconds` in the details.
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
 * Waiting times are foreseen by the fastest of so many slices, and not by fewer: one that many handshakes fell into says
 * little, nor does the beginning of a burst, when what began first is not answered yet.
 */
const SLICES = 8;

const BY_URGENCY = PRIORITIES.toReversed();

/** How many requests began one after the other, and when. */
type Slice = { readonly at: number; readonly begun: number };
type Waiting = { readonly startBy: number; begin(): void; refuse(): void };

/** @param options `now`: milliseconds, monotonic; `performance.now` by default. */
export function createAdmissionQueue({ now = () => performance.now() } = {}): AdmissionQueue {
  const queues: Record<CallPriority, Waiting[]> = { claim: [], question: [], keys: [], report: [], background: [] };
  const shed: Record<CallPriority, number> = { claim: 0, question: 0, keys: 0, report: 0, background: 0 };
  let waiting = 0;
  let underWay = 0;
  /** When this turn of the event loop began to read requests; null where it has read none. */
  let turnAt: number | null = null;
  /** The latest requests that had waited and began. */
  let last: Slice | null = null;
  /** Milliseconds from one beginning to the next, in the latest slices while requests waited. */
  let paces: readonly number[] = [];

  function openTurn(at: number): void {
    turnAt = at;
    setImmediate(nextSlice, at);
  }

  /** Runs when the event loop has read what arrived since `readingAt`. */
  function nextSlice(readingAt: number): void {
    turnAt = null;
    if (waiting === 0) {
      paces = [];
      last = null;
      return;
    }
    const at = now();
    const before = last;
    // As long as reading took, so that it does not outrun answering.
    const ms = Math.max(SLICE_MS, at - readingAt);
    let begun = 0;
    let next = takeNext();
    for (; next !== undefined; next = now() - at < ms ? takeNext() : undefined) begun += begin(next);
    if (begun > 0) {
      if (before !== null) paces = [...paces, (at - before.at) / before.begun].slice(-SLICES);
      last = { at, begun };
    }
    // Where every place is taken, what is answered next goes on with this.
    if (begun > 0 || underWay === 0) openTurn(now());
  }

  /** The most urgent of the waiting requests, of these the first that came; `undefined` where none may begin now. */
  function takeNext(): Waiting | undefined {
    const priority = BY_URGENCY.find((each) => queues[each].length > 0);
    if (priority === undefined || !hasPlace(priority)) return undefined;
    waiting -= 1;
    return queues[priority].shift();
  }

  const hasPlace = (priority: CallPriority) => underWay < (priority === 'claim' ? MAX_UNDER_WAY : MAX_UNDER_WAY / 2);

  /** How many this has begun: one, or none where its turn came too late. */
  function begin({ startBy, begin, refuse }: Waiting): 0 | 1 {
    if (now() > startBy) {
      refuse();
      return 0;
    }
    begin();
    return 1;
  }

  async function answered<T>(work: () => Promise<T>): Promise<T> {
    underWay += 1;
    try {
      return await work();
    } finally {
      underWay -= 1;
      if (waiting > 0 && turnAt === null) openTurn(now());
    }
  }

  /** Milliseconds until a request that comes now would begin. */
  function foreseen(priority: CallPriority): number {
    if (paces.length < SLICES) return 0;
    const before = PRIORITIES.slice(PRIORITIES.indexOf(priority)).reduce((sum, each) => sum + queues[each].length, 0);
    return before * Math.min(...paces);
  }

  /** Refuses the last that came of those that are less urgent than this one; `false` where there are none. */
  function makeRoom(priority: CallPriority): boolean {
    const lessUrgent = PRIORITIES.slice(0, PRIORITIES.indexOf(priority));
    const least = lessUrgent.find((each) => queues[each].length > 0);
    const displaced = least && queues[least].pop();
    if (displaced === undefined) return false;
    waiting -= 1;
    displaced.refuse();
    return true;
  }

  function overloaded(priority: CallPriority): ProtocolError {
    shed[priority] += 1;
    const retryAfterSeconds = Math.max(1, Math.ceil(foreseen(priority) / 1000));
    return new ProtocolError(
      'OVERLOADED',
      `More is asked here than can be answered in time; send this request again in ${retryAfterSeconds} s.`,
      { retryAfterSeconds },
    );
  }

  return {
    run(priority, work) {
      const at = now();
      if (turnAt === null) openTurn(at);
      if (waiting === 0 && hasPlace(priority) && at - (turnAt ?? at) < SLICE_MS) return answered(work);
      const startBy = at + BUDGET_MS[priority];
      return new Promise((resolve, reject) => {
        if (at + foreseen(priority) > startBy || (waiting >= MAX_WAITING && !makeRoom(priority))) {
          throw overloaded(priority);
        }
        waiting += 1;
        const begin = () => resolve(answered(work));
        const refuse = () => reject(overloaded(priority));
        queues[priority].push({ startBy, begin, refuse });
      });
    },
    waiting: () => waiting,
    shed: () => shed,
  };
}
