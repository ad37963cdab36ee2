import type { Permission } from '@ticket-check/operators';
import type { AskedList, LiveTopic } from '../page.ts';

/** Nobody works through a list faster. */
const EVERY_MS = 5_000;

/** A live list: each event is the whole answer of its JSON source, by filters and position. */
export function liveList(
  name: string,
  permission: Permission,
  list: (asked: AskedList & { readonly signal: AbortSignal }) => Promise<object>,
): LiveTopic {
  return {
    name,
    permission,
    everyMs: EVERY_MS,
    read: (cinemaCodes, query, signal) => list({ cinemaCodes, query, signal }),
  };
}
