import type { Call } from '@ticket-check/exchange';
import { type WallClock, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';

/** Where rows come from, which decides what they may overwrite. Reading E7. */
export type ImportOrigin = {
  /** The account; `''` for a command. */
  readonly source: string;
  /** The Datetime of the signed request, or the current time for a command: later rows are not overwritten. */
  readonly datetime: WallClock;
  /** The account if it is limited to some cinemas, otherwise `''`; also `''` for a command. */
  readonly limitedTo: string;
  /** The signature of the request, accepted once; null for a command. */
  readonly signature: Buffer | null;
};

export function originOfCall({ account, signed }: Call): ImportOrigin {
  const limitedTo = account.cinemaCodes === 'all' ? '' : account.username;
  return { source: account.username, datetime: signed.datetime, limitedTo, signature: signed.signature };
}

export function originOfCommand(now: Clock): ImportOrigin {
  return { source: '', datetime: wallClockAt(now()), limitedTo: '', signature: null };
}
