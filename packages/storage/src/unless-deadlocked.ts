import { errorCode } from './store-error.ts';

/** PostgreSQL's code for a transaction that it ended because it and another waited for each other. */
const DEADLOCK = '40P01';
const MAX_RUNS = 5;

/** Runs a transaction again that PostgreSQL ended for a deadlock: nothing of it is left, and the other one has passed. */
export async function unlessDeadlocked<T>(run: () => Promise<T>): Promise<T> {
  for (let runs = 1; ; runs += 1) {
    try {
      return await run();
    } catch (error) {
      if (errorCode(error) !== DEADLOCK || runs === MAX_RUNS) throw error;
    }
  }
}
