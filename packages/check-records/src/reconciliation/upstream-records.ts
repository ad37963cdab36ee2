import { setTimeout as delay } from 'node:timers/promises';
import type { Upstream } from '@ticket-check/exchange';
import {
  APIS,
  type BusinessDate,
  type CinemaCode,
  type HourOfRecords,
  hourOf,
  type ListCheckRecordsQuery,
  type ListedCheckRecord,
  listCheckRecordsQueryJson,
  REPLY_BOUNDS,
  readListedHours,
  readListedRecords,
} from '@ticket-check/protocol';
import { ExpectedError, untilAborted } from '@ticket-check/runtime';
import type { SpokenOfRecords } from './summarize-day.ts';

/** A platform reads a whole day before it answers the first question. */
const TIMEOUT_MS = 60_000;
/** Pauses between attempts at a busy platform. */
const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 16_000];
/** An endless list ends the comparison: twice the reported number of an hour, and what may have come meanwhile. */
const MAX_MEANWHILE = 10_000;

/** What else the platform says of listed records: which are overrides (reading R10), and which were undone (reading R9). */
export function spokenWith(upstream: Upstream): SpokenOfRecords {
  const extensions = upstream.extensions();
  return { overrides: extensions.has('overrides'), undone: extensions.has('undone-records') };
}

/**
 * Asks the platform above by ListCheckRecords. Extension `check-records`; reading X7.
 * @param asked `signal`: aborted when nobody waits for it; nothing more is asked then, and the call under way is not waited for.
 * @throws ExpectedError if it does not answer, refuses, or answers nonsense; the signal's reason once aborted.
 */
export function upstreamRecords(
  upstream: Upstream,
  asked: {
    readonly cinemaCode: CinemaCode;
    readonly businessDate: BusinessDate;
    readonly signal?: AbortSignal | undefined;
  },
) {
  const { cinemaCode, businessDate, signal } = asked;
  async function ask<R>(
    { hour, after }: Pick<ListCheckRecordsQuery, 'hour' | 'after'>,
    read: (replyData: Record<string, unknown>) => R,
  ): Promise<R> {
    const query = listCheckRecordsQueryJson({ cinemaCode, businessDate, hour, after });
    for (let tries = 0; ; tries += 1) {
      signal?.throwIfAborted();
      const outcome = await untilAborted(
        signal,
        upstream.call(APIS.listCheckRecords, query, { read, timeoutMs: TIMEOUT_MS, idempotent: true }),
      );
      if (outcome.kind === 'delivered') return outcome.reply;
      const pauseMs = outcome.kind === 'retry' && outcome.detail === 'overload' ? PAUSES_MS[tries] : undefined;
      if (pauseMs === undefined) {
        throw new ExpectedError(
          `The platform above did not list its records of cinema ${cinemaCode}: ${outcome.message} (${outcome.code}).`,
        );
      }
      await delay(pauseMs, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  const spoken = spokenWith(upstream);
  return {
    hours: (): Promise<readonly HourOfRecords[]> =>
      ask({ hour: null, after: null }, (replyData) => readListedHours(replyData, businessDate)),

    async *records({ hour, records, quarantined }: HourOfRecords): AsyncGenerator<ListedCheckRecord> {
      let left = Math.min(2 * (records + quarantined), REPLY_BOUNDS.recordsAnHour) + MAX_MEANWHILE;
      let after: string | null = null;
      do {
        const { listed, next }: ReturnType<typeof readListedRecords> = await ask({ hour, after }, (replyData) =>
          readListedRecords(replyData, cinemaCode, spoken),
        );
        left -= listed.length;
        if (left < 0 || (listed.length === 0 && next !== null)) throw outOfForm(`the list of ${hour} does not end`);
        for (const each of listed) {
          if (hourOf(each.record.checkTime) !== hour) throw outOfForm(`a record of another hour is listed in ${hour}`);
          yield each;
        }
        after = next;
      } while (after !== null);
    },
  };
}

function outOfForm(what: string): ExpectedError {
  return new ExpectedError(`What the platform above lists cannot be compared: ${what}.`);
}
