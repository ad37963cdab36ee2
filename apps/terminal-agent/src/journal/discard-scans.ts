import { Counter, type Service } from '@ticket-check/runtime';
import { purgeInSlices } from '@ticket-check/storage';
import type { Core } from '../core.ts';
import type { TerminalStore } from '../tables.ts';
import { forgetRefusals } from './refusals.ts';

const EVERY_MS = 5 * 60_000;
/** Rows per slice: a few milliseconds of work. */
const SLICE = 200;

/**
 * Deletes all but the newest `keep` scans without a ticket: unreadable, not genuine, of another cinema, without a key. Anybody at a
 * scanner can make any number of them. Admissions, refusals of genuine tickets and scans that may have claimed have a ticket and stay.
 * Returns how many were deleted.
 */
export async function discardScans(store: TerminalStore, keep: number, stopping: AbortSignal): Promise<number> {
  const withoutTicket = store.db
    .selectFrom('scan')
    .select('sequence')
    .where('filmTicketCode', 'is', null)
    .where('verdict', 'is not', null);
  const newest = withoutTicket.orderBy('sequence', 'desc').limit(1).offset(keep);
  const last = (await newest.executeTakeFirst())?.sequence;
  if (last === undefined) return 0;
  const discardSlice = async (size: number) => {
    const oldest = withoutTicket.where('sequence', '<=', last).orderBy('sequence').limit(size);
    const { numDeletedRows } = await store.db.deleteFrom('scan').where('sequence', 'in', oldest).executeTakeFirst();
    return Number(numDeletedRows);
  };
  return purgeInSlices(SLICE, discardSlice, stopping);
}

/** Deletes old rows that no reading asks to keep, once the agent listens and every five minutes. */
export function discardOldScans(
  service: Service,
  options: Core & {
    settings: { readonly KEEP_SCANS_WITHOUT_TICKET: number };
    forgetOldChanges: () => Promise<void>;
  },
): void {
  const { store, clock, forgetOldChanges } = options;
  const keep = options.settings.KEEP_SCANS_WITHOUT_TICKET;
  const discards = new Counter({
    name: 'scans_discarded',
    help: 'Scans without a ticket that were deleted for newer ones',
    registers: [service.metrics],
  });
  const forgetSlice = (size: number) => store.transaction((trx) => forgetRefusals(trx, clock.now(), size));
  async function run(stopping: AbortSignal): Promise<void> {
    const discarded = await discardScans(store, keep, stopping);
    discards.inc(discarded);
    if (discarded > 0) service.logger.warn({ discarded, keep }, 'deleted old scans without a ticket');
    await purgeInSlices(SLICE, forgetSlice, stopping);
    await forgetOldChanges();
  }
  service.job({ name: 'discard scans', runs: 'in one process', everyMs: EVERY_MS, run, atOnce: true });
}
