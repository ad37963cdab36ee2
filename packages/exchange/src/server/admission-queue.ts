import { ProtocolError } from '@ticket-check/protocol';
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
  waiting(): number;
  /** Requests refused so far, by what they are for. */
  shed(): Readonly<Record<CallPriority, number>>;
};

/** Places that all kinds compete for, and in which many requests share one commit. */
const COMMON_PLACES = 500;
/** Each holds up to 64 KiB; a larger one has a place among the large requests of its account. */
const MAX_WAITING = 10_000;

/** Does the work of a request in a place. */
type Place = <T>(own: Kind, work: () => Promise<T>) => Promise<T>;

type Kind = {
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
  /** Those that wait, in the order of arrival: each begins in the place that it is given. */
  readonly waiting: Set<(place: Place) => void>;
  shed: number;
};

export function createAdmissionQueue(): AdmissionQueue {
  const kinds: Readonly<Record<CallPriority, Kind>> = {
    claim: kind(500, 1500, MAX_WAITING),
    question: kind(100, 1500),
    keys: kind(100, 5000),
    report: kind(100, 10_000),
    background: kind(10, 10_000),
  };
  const mostUrgentFirst = PRIORITIES.toReversed().map((name) => kinds[name]);
  let inCommon = 0;
  let waiting = 0;

  async function inOwnPlace<T>(own: Kind, work: () => Promise<T>): Promise<T> {
    own.underWay += 1;
    try {
      return await work();
    } finally {
      own.underWay -= 1;
      beginNext(own, inOwnPlace);
    }
  }

  async function inCommonPlace<T>(_own: Kind, work: () => Promise<T>): Promise<T> {
    inCommon += 1;
    try {
      return await work();
    } finally {
      inCommon -= 1;
      beginNext(
        mostUrgentFirst.find((each) => each.waiting.size > 0),
        inCommonPlace,
      );
    }
  }

  function beginNext(of: Kind | undefined, place: Place): void {
    const [first] = of?.waiting ?? [];
    first?.(place);
  }

  function wait<T>(own: Kind, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const begin = (place: Place) => {
        leave();
        resolve(place(own, work));
      };
      const timer = setTimeout(() => {
        leave();
        reject(overloaded(own));
      }, own.budgetMs);
      const leave = () => {
        clearTimeout(timer);
        own.waiting.delete(begin);
        waiting -= 1;
      };
      own.waiting.add(begin);
      waiting += 1;
    });
  }

  return {
    async run(priority, work) {
      const own = kinds[priority];
      if (own.underWay < own.ownPlaces) return inOwnPlace(own, work);
      if (inCommon < COMMON_PLACES) return inCommonPlace(own, work);
      if (waiting >= own.maxWaiting) throw overloaded(own);
      return wait(own, work);
    },
    waiting: () => waiting,
    shed: () => ({
      claim: kinds.claim.shed,
      question: kinds.question.shed,
      keys: kinds.keys.shed,
      report: kinds.report.shed,
      background: kinds.background.shed,
    }),
  };
}

function kind(ownPlaces: number, budgetMs: number, maxWaiting = MAX_WAITING / 2): Kind {
  return { ownPlaces, budgetMs, maxWaiting, underWay: 0, waiting: new Set(), shed: 0 };
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
