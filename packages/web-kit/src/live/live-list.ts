import type { Permission } from '@ticket-check/operators/login';
import type { AskedList, LiveTopic } from '../page.ts';

/** Nobody works through a list faster. */
const EVERY_MS = 5_000;

/** A list that its screen follows: it is told whole, as its JSON source answers it, by filters and place. */
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
