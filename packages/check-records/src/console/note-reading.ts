import { type OperationTables, recordEvent } from '@ticket-check/operators';
import { parseRecordId } from '@ticket-check/protocol';
import { createLruCache } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type JsonRequest, readPart } from '@ticket-check/web-kit';
import { searchIn, searchJson } from './record-data.ts';

/** A script that pages a day, or asks again and again, is written down so often. */
const EVERY_MS = 60_000;
/** Beyond these, what was looked for longest ago is forgotten and leaves another entry. */
const MAX_REMEMBERED = 1000;

/**
 * Writes into the audit that a machine reads the records of a day by its token, as it does of whoever takes a file of them: once a
 * minute for what the token looks for, whichever part of the list it asks for. Scheme 5.3.2.2.
 *
 * @param now epoch milliseconds
 */
export function createReadingNotes(audit: Store<OperationTables>, now: () => number) {
  /** When a token last left an entry of what it looks for. */
  const noted = createLruCache<number>(MAX_REMEMBERED);

  /** @throws PageError, DataRefused where the query cannot be answered. */
  return async (request: JsonRequest): Promise<void> => {
    // Who asks for one record knows it already.
    if (!request.byToken || readPart(request.query, 'record', parseRecordId) !== undefined) return;
    const { actor, address: from } = request;
    const what = { ...searchJson(searchIn(request, now)), format: 'json' };
    const key = JSON.stringify([actor, what]);
    const [at, last] = [now(), noted.get(key)];
    if (last !== undefined && Math.abs(at - last) < EVERY_MS) return;
    noted.set(key, at);
    try {
      await recordEvent(audit, { name: 'report records', actor, from, what, now, failed: false });
    } catch (error) {
      noted.delete(key);
      throw error;
    }
  };
}
