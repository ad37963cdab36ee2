import { wallClockAt } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import { purgeInSlices, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';

const EVERY_MS = 3_600_000;
/** Rows per slice: a few milliseconds of work. */
const SLICE = 500;
/** A clock that is days ahead must not delete what claims of today are decided by, nor what a guest still looks at. */
const KEPT_MS = 30 * 86_400_000;

/** What is kept of tickets beside their records, and the keys. Late records are completed at the national platform. */
const TABLES = {
  ticket_refund: 'start_time, cinema_code, film_ticket_code',
  e_ticket: 'start_time, cinema_code, film_ticket_code',
  ticket_pick_up: 'start_time, cinema_code, film_ticket_code',
  released_claim: 'start_time, cinema_code, film_ticket_code, record_id, account',
} as const;

/**
 * Deletes refunds, e-tickets, pick-ups and releases of sessions that began more than 30 days ago; releases for as long as no
 * claim on them is accepted any more (`windowMs`). Answers how many rows it deleted.
 */
export async function purgePastSessions<DB>(
  store: Store<DB>,
  { at, windowMs }: { at: number; windowMs: number },
  stopping: AbortSignal,
): Promise<number> {
  let total = 0;
  for (const [table, key] of Object.entries(TABLES)) {
    const before = wallClockAt(at - KEPT_MS - (table === 'released_claim' ? windowMs : 0));
    const [from, columns] = [sql.table(table), sql.raw(key)];
    const deleteSlice = (size: number) =>
      store.transaction(async (db) => {
        const { numAffectedRows } = await sql`
          delete from ${from} where (${columns}) in (
            select ${columns} from ${from} where start_time < ${before} order by start_time limit ${size}
          )`.execute(db);
        return Number(numAffectedRows ?? 0);
      });
    total += await purgeInSlices(SLICE, deleteSlice, stopping);
  }
  return total;
}

/** Purges past sessions once an hour. */
export function purgePastSessionsJob<DB>(service: Service, store: Store<DB>, windowMs: number): void {
  const { now, logger } = service;
  service.job({
    name: 'purge sessions',
    runs: 'in one process',
    everyMs: EVERY_MS,
    jitterMs: EVERY_MS / 10,
    atOnce: true,
    async run(stopping) {
      const deleted = await purgePastSessions(store, { at: now(), windowMs }, stopping);
      if (deleted > 0) logger.info({ deleted }, 'deleted what was kept of past sessions');
    },
  });
}
