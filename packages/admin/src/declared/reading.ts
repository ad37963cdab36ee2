import type { OperationTables } from '@ticket-check/operators';
import { type Clock, createConcurrencyLimit, type Service } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import { DataRefused } from '../sent-texts.ts';

/** Reading for screens: a person has some windows open. The connections of reports do two things at a time. */
const READING = { perOwner: 4, inAll: 16 };
/** Files and reconciliations last as long as the client reads. */
const LONG = { perOwner: 1, inAll: 4 };

/** What reads of a console are bounded by, for each operator and in all, and recorded with. */
export type Reading = {
  readonly now: Clock;
  readonly audit: Store<OperationTables>;
  /** @throws DataRefused `busy` if too much is under way. */
  read<T>(owner: string, work: () => Promise<T>): Promise<T>;
  /** The same for what takes long: the service stops once it has ended and its end is in the audit. */
  runLong<T>(owner: string, work: () => Promise<T>): Promise<T>;
};

export function createReading<DB extends OperationTables>(
  { now, drain }: Pick<Service, 'now' | 'drain'>,
  store: Store<DB>,
): Reading {
  const underWay = new Set<Promise<unknown>>();
  drain(() => Promise.allSettled(underWay));
  const bounded = (most: typeof LONG, what: string): Reading['read'] => {
    const limit = createConcurrencyLimit(most);
    return (owner, work) => {
      const answer = limit.run(owner, work);
      if (answer === null) throw new DataRefused('busy', `${what}; ask again when it is done.`, 429);
      return answer;
    };
  };
  const runLong = bounded(LONG, 'Another file or reconciliation is under way');
  return {
    ...{ now, audit: withTables(store), read: bounded(READING, 'Too many questions are under way') },
    runLong(owner, work) {
      const answer = runLong(owner, work);
      underWay.add(answer);
      // The caller receives the failure.
      answer.catch(() => {}).finally(() => underWay.delete(answer));
      return answer;
    },
  };
}
