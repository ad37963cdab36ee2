import { ProtocolError } from '@ticket-check/protocol';
import { type CallPriority, PRIORITIES } from '../priority.ts';

/** Places that all kinds compete for, and in which many requests share one commit. */
const COMMON_PLACES = 500;
/** Each holds up to 64 KiB; a larger one has a place among the large requests of its account. */
const MAX_WAITING = 10_000;

type Places = { readonly most: number; underWay: number };

type Kind = Places & {
  /** How long one waits at most: a guest gives up after 1.5 s, a terminal that fetches keys after five. */
  readonly budgetMs: number;
  /** How many may wait, of all kinds, for another one of this kind to wait too: claims are refused last. */
  readonly maxWaiting: number;
  /** Those that wait, in the order of arrival: each begins in the place that it is given. */
  readonly waiting: Set<(place: Places) => void>;
  shed: number;
};

export type AdmissionQueue = ReturnType<typeof createAdmissionQueue>;

/** The queue of accounts' requests: each kind has places of its own, and competes for common ones, in the order of `PRIORITIES`. */
export function createAdmissionQueue() {
  const kinds: Readonly<Record<CallPriority, Kind>> = {
    claim: kind(500, 1500, MAX_WAITING),
    question: kind(100, 1500),
    keys: kind(100, 5000),
    report: kind(100, 10_000),
    background: kind(10, 10_000),
  };
  const mostUrgentFirst = PRIORITIES.toReversed().map((name) => kinds[name]);
  const common: Places = { most: COMMON_PLACES, underWay: 0 };
  const countWaiting = () => mostUrgentFirst.reduce((sum, { waiting }) => sum + waiting.size, 0);

  /** Resolves to a place that another request has left to this one. */
  function wait(own: Kind): Promise<Places> {
    const { promise, resolve, reject } = Promise.withResolvers<Places>();
    const begin = (place: Places) => {
      leave();
      resolve(place);
    };
    const timer = setTimeout(() => {
      leave();
      reject(overloaded(own));
    }, own.budgetMs);
    function leave(): void {
      clearTimeout(timer);
      own.waiting.delete(begin);
    }
    own.waiting.add(begin);
    return promise;
  }

  return {
    /** Does the work of a request. @throws ProtocolError OVERLOADED, with `retryAfterSeconds`, if too many wait or too long. */
    async run<T>(priority: CallPriority, work: () => Promise<T>): Promise<T> {
      const own = kinds[priority];
      let place = [own, common].find(({ most, underWay }) => underWay < most);
      if (place !== undefined) place.underWay += 1;
      else if (countWaiting() >= own.maxWaiting) throw overloaded(own);
      else place = await wait(own);
      try {
        return await work();
      } finally {
        const next = place === common ? mostUrgentFirst.find(({ waiting }) => waiting.size > 0) : own;
        const [begin] = next?.waiting ?? [];
        if (begin === undefined) place.underWay -= 1;
        else begin(place);
      }
    },
    waiting: countWaiting,
    /** Requests refused so far, by what they are for. */
    shed: () => Object.fromEntries(PRIORITIES.map((name) => [name, kinds[name].shed])),
  };
}

function kind(most: number, budgetMs: number, maxWaiting = MAX_WAITING / 2): Kind {
  return { most, budgetMs, maxWaiting, underWay: 0, waiting: new Set(), shed: 0 };
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
