import type { OperationTables } from '@ticket-check/operators';
import { type Clock, createConcurrencyLimit, type Service } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import { DataRefused } from '../sent-texts.ts';

/** What long reads are bounded by, and recorded with. */
export type Reading = {
  readonly now: Clock;
  readonly audit: Store<OperationTables>;
  readonly limits: ReturnType<typeof createLimits>;
};

/** Long reads of a service's console; it stops once they have ended. */
export function createReading<DB extends OperationTables>(
  { now, drain }: Pick<Service, 'now' | 'drain'>,
  store: Store<DB>,
): Reading {
  const limits = createLimits();
  drain(limits.ended);
  return { now, audit: withTables(store), limits };
}

/** Reading for screens: a person has some windows open. The connections of reports do two things at a time. */
const READING = { perOwner: 4, inAll: 16 };
/** Files and reconciliations last as long as the client reads. */
const LONG = { perOwner: 1, inAll: 4 };

/** Bounds the console's long reads under way, for each operator and in all. */
function createLimits() {
  const [reading, long] = [createConcurrencyLimit(READING), createConcurrencyLimit(LONG)];
  const underWay = new Set<Promise<unknown>>();
  return {
    read: <T>(owner: string, work: () => Promise<T>) => runBounded(reading, owner, work),
    runLong<T>(owner: string, work: () => Promise<T>): Promise<T> {
      const answer = runBounded(long, owner, work, 'Another file or reconciliation is under way');
      underWay.add(answer);
      // The caller receives the failure.
      answer.catch(() => {}).finally(() => underWay.delete(answer));
      return answer;
    },
    /** Resolves when none of `runLong` is under way: what became of each is in the audit. */
    ended: (): Promise<unknown> => Promise.allSettled(underWay),
  };
}

/** @throws DataRefused `busy` if too much is under way. */
function runBounded<T>(
  limit: ReturnType<typeof createConcurrencyLimit>,
  owner: string,
  work: () => Promise<T>,
  what = 'Too many questions are under way',
): Promise<T> {
  const answer = limit.run(owner, work);
  if (answer === null) throw new DataRefused('busy', `${what}; ask again when it is done.`, 429);
  return answer;
}
