import { ExpectedError } from '@ticket-check/runtime';
import { LogChangedError, type TransparencyLog } from '@ticket-check/transparency-log';
import { faultSentence } from './fault-sentence.ts';

export type ProvedEntry =
  | { readonly kind: 'proved'; readonly proof: string }
  | { readonly kind: 'no-entry'; readonly message: string }
  /** Somebody changed the database; `index` is the first entry that does not fit, where one can be named. */
  | { readonly kind: 'changed'; readonly index: number | null; readonly message: string };

/**
 * Proves that an entry is in the log of a service's operations. If somebody changed the database, the log is recomputed to find the
 * first entry that differs: once for all concurrent callers, because that takes as long as the log is.
 */
export function entryProver(log: TransparencyLog): (index: number) => Promise<ProvedEntry> {
  let looking: ReturnType<TransparencyLog['verify']> | null = null;

  async function firstFault() {
    looking ??= log.verify(null).finally(() => {
      looking = null;
    });
    return (await looking).faults[0];
  }

  return async (index) => {
    try {
      return { kind: 'proved', proof: await log.prove(index) };
    } catch (error) {
      if (error instanceof ExpectedError) return { kind: 'no-entry', message: error.message };
      if (!(error instanceof LogChangedError)) throw error;
      const fault = await firstFault();
      if (fault === undefined) return { kind: 'changed', index: null, message: error.message };
      return { kind: 'changed', index: fault.index, message: faultSentence(fault) };
    }
  };
}
