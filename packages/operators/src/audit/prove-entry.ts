import { ExpectedError } from '@ticket-check/runtime';
import { LogChangedError, type LogFault, type TransparencyLog } from '@ticket-check/transparency-log';

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

/** Describes a fault in the log, for the person who has to account for it. */
export function faultSentence(fault: LogFault): string {
  switch (fault.kind) {
    case 'changed':
      return `Entry ${fault.index} (${fault.entry}) was changed after it was written.`;
    case 'deleted':
      return `Entry ${fault.index} (${fault.entry}) was deleted.`;
    case 'place-missing':
      return `The place of entry ${fault.index} is gone from the log.`;
    case 'not-as-signed':
      return `Entries ${fault.index} to ${fault.end - 1} are not what was signed: at least one of them was changed, and its hash with it.`;
    case 'cut-off':
      return `The end was cut off: entries ${fault.index} to ${fault.end - 1} were signed and are gone.`;
    case 'wrong-hash':
      return `A stored hash over the entries from ${fault.index} on is wrong or gone; the entries themselves fit up to there.`;
    case 'checkpoint':
      return `Checkpoint ${fault.number}, of entries from ${fault.index} on, is gone, or was changed, or is not signed with the key of the log.`;
    case 'unsigned':
      return `Entries ${fault.index} to ${fault.end - 1} have places that no checkpoint was signed for.`;
    case 'never-logged':
      return `Operation ${fault.entry} was never entered in the log: it was written past it, or its place was removed.`;
    case 'gone-before-logged':
      return `Operation ${fault.entry} was deleted before it was entered in the log.`;
    case 'emptied':
      return 'The tables of the log were emptied: its keys are gone.';
    case 'less-than-known':
      return `The end was cut off: the checkpoint given has ${fault.end} entries, and the log has ${fault.index}.`;
    case 'not-as-known':
      return `The first ${fault.end} entries are not those of the checkpoint given: at least one of them was changed, and everything after it was recomputed.`;
  }
}
