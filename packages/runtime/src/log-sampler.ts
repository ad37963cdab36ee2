import { rateLimitKey } from './concurrency-limit.ts';
import type { Logger } from './logger.ts';

const INTERVAL_MS = 10_000;
const FULL_LINES_PER_KEY = 20;
const FULL_LINES_IN_ALL = 200;
const MAX_KEYS = 200;

export type LogSampler = ReturnType<typeof createLogSampler>;

/**
 * Logs events that anybody can cause: in each 10 s the first 20 of each kind and address in full, at most 200 in all, then one line (with
 * the message `summary`) for each kind and address about the others. Beyond 200 kinds and addresses the rest is counted only by kind.
 */
export function createLogSampler(options: { logger: Pick<Logger, 'warn'>; summary: string; intervalMs?: number }) {
  const { logger, summary, intervalMs = INTERVAL_MS } = options;
  type Count = { kind: string; remoteAddress: string | undefined; seen: number; more: number };
  const counts = new Map<string, Count>();
  let full = 0;
  let timer: NodeJS.Timeout | undefined;

  function countOf(kind: string, remoteAddress: string | undefined): Count {
    const address = rateLimitKey(remoteAddress);
    const key = counts.has(`${kind} ${address}`) || counts.size < MAX_KEYS ? `${kind} ${address}` : kind;
    const known = counts.get(key);
    if (known !== undefined) return known;
    const made = { kind, remoteAddress: key === kind ? undefined : address, seen: 0, more: 0 };
    counts.set(key, made);
    return made;
  }

  function tellRest(): void {
    for (const { kind, remoteAddress, more } of counts.values()) {
      if (more > 0) logger.warn({ kind, remoteAddress, more, seconds: intervalMs / 1000 }, summary);
    }
    counts.clear();
    full = 0;
    clearTimeout(timer);
    timer = undefined;
  }

  return {
    /** One event of a kind from an address: either `write` puts it in the log in full, or it is counted. */
    note(kind: string, remoteAddress: string | undefined, write: () => void): void {
      timer ??= setTimeout(tellRest, intervalMs).unref();
      const count = countOf(kind, remoteAddress);
      count.seen += 1;
      if (count.seen > FULL_LINES_PER_KEY || full >= FULL_LINES_IN_ALL) {
        count.more += 1;
        return;
      }
      full += 1;
      write();
    },
    /** Writes the counts that are due. To be called once, at the end. */
    close: tellRest,
  };
}
