import { type OperationTables, recordEvent } from '@ticket-check/operators';
import { createLruCache } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { JsonRequest } from '@ticket-check/web-kit';

/** Whoever pages a day, or asks again and again, is written down so often. */
const EVERY_MS = 60_000;
/** Beyond these, what was looked for longest ago is forgotten and leaves another entry. */
const MAX_REMEMBERED = 1000;

/**
 * Writes into the audit that somebody reads a day, such as a machine by its token its records or the report, as it does of whoever
 * takes a file of them: once a minute for what they look for, whichever part of a list they ask for. Scheme 5.3.2.2.
 *
 * @param now epoch milliseconds
 */
export function createReadingNotes(audit: Store<OperationTables>, now: () => number) {
  /** When somebody last left an entry of what they look for. */
  const noted = createLruCache<number>(MAX_REMEMBERED);

  /** @param search what is looked for, under the name that a file of it has in the audit */
  return async (
    { actor, address: from }: JsonRequest,
    { name, ...search }: { readonly name: string; readonly what: object },
  ): Promise<void> => {
    const what = { ...search.what, format: 'json' };
    const key = JSON.stringify([actor, name, what]);
    const [at, last] = [now(), noted.get(key)];
    if (last !== undefined && Math.abs(at - last) < EVERY_MS) return;
    noted.set(key, at);
    try {
      await recordEvent(audit, { name, actor, from, what, now, failed: false });
    } catch (error) {
      noted.delete(key);
      throw error;
    }
  };
}
