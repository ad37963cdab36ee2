import { ProtocolError } from '@ticket-check/protocol';
import { startWithin } from '@ticket-check/runtime';
import PQueue from 'p-queue';
import { type CallPriority, PRIORITIES } from '../priority.ts';

/**
 * The queue of accounts' requests. Each kind has a few places of its own, so that no other kind keeps it out. What finds
 * none of them free competes for the common places: claims first, then questions, keys, reports and background calls, each
 * kind in the order of arrival.
 */
export type AdmissionQueue = {
  /**
   * Does the work of an arriving request.
   * @throws ProtocolError OVERLOADED, without starting it, if too many wait or when its time is over; with
   * `retryAfterSeconds` in the details.
   */
  run<T>(priority: CallPriority, work: () => Promise<T>): Promise<T>;
  /** Requests that wait now. */
  waiting(): number;
  /** Requests refused so far, by what they are for. */
  shed(): Readonly<Record<CallPriority, number>>;
};

/** Places that all kinds compete for, and in which many requests share one commit. */
const COMMON_PLACES = 500;
/** Each holds up to 64 KiB; a larger one has a place among the large requests of its account. */
const MAX_WAITING = 10_000;
/** Above all others: for each request that is answered in a place of its kind's own, one that waits goes first. */
const NEXT = PRIORITIES.length;

/** The requests for one purpose. */
type Kind = {
  readonly priority: number;
  readonly ownPlaces: number;
  /**
   * How long one waits at most. A guest at a gate gives up after a second and a half, a terminal that fetches keys after
   * five seconds. Reports and the like have half a minute, most of it for being stored.
   */
  readonly budgetMs: number;
  /** How many may wait, of all kinds, for another one of this kind to wait too: claims are refused last. */
  readonly maxWaiting: number;
  /** Those under way in places of its own. */
  underWay: number;
  /** Those that wait, in the order of arrival. */
  readonly waiting: Set<string>;
  shed: number;
};

export function createAdmissionQueue(): AdmissionQueue {
  const common = new PQueue({ concurrency: COMMON_PLACES });
  const kinds = {
    claim: { ...kind('claim', 500, 1500), maxWaiting: MAX_WAITING },
    question: kind('question', 100, 1500),
    keys: kind('keys', 100, 5000),
    report: kind('report', 100, 10_000),
    background: kind('background', 10, 10_000),
  } satisfies Record<CallPriority, Kind>;
  let asked = 0;

  async function inOwnPlace<T>(own: Kind, work: () => Promise<T>): Promise<T> {
    own.underWay += 1;
    try {
      return await work();
    } finally {
      own.underWay -= 1;
      const [longest] = own.waiting;
      if (longest !== undefined) {
        own.waiting.delete(longest);
        common.setPriority(longest, NEXT);
      }
    }
  }

  function inCommonPlace<T>(own: Kind, work: () => Promise<T>): Promise<T> {
    if (common.size >= own.maxWaiting) return Promise.reject(overloaded(own));
    asked += 1;
    const id = `${asked}`;
    own.waiting.add(id);
    const begin = () => {
      own.waiting.delete(id);
      return work();
    };
    const refusal = () => {
      own.waiting.delete(id);
      return overloaded(own);
    };
    return startWithin(common, begin, { id, priority: own.priority, withinMs: own.budgetMs, refusal });
  }

  return {
    run(priority, work) {
      const own = kinds[priority];
      return own.underWay < own.ownPlaces ? inOwnPlace(own, work) : inCommonPlace(own, work);
    },
    waiting: () => common.size,
    shed: () => ({
      claim: kinds.claim.shed,
      question: kinds.question.shed,
      keys: kinds.keys.shed,
      report: kinds.report.shed,
      background: kinds.background.shed,
    }),
  };
}

function kind(name: CallPriority, ownPlaces: number, budgetMs: number): Kind {
  const priority = PRIORITIES.indexOf(name);
  return { priority, ownPlaces, budgetMs, maxWaiting: MAX_WAITING / 2, underWay: 0, waiting: new Set(), shed: 0 };
}

function overloaded(own: Kind): ProtocolError {
  own.shed += 1;
  const retryAfterSeconds = Math.ceil(own.budgetMs / 1000);
  return new ProtocolError(
    'OVERLOADED',
    `More is asked here than can be answered in time; send this request again in ${retryAfterSeconds} s.`,
    { retryAfterSeconds },
  );
}
