import { ProtocolError, parseCinemaCode, parseRecordId, parseWallClock } from '@ticket-check/protocol';
import type { SalvagedRow } from '@ticket-check/storage';
import type { DeliveredRecord } from '../outbox/deliveries.ts';
import { isIdentity } from '../tables/record-key.ts';
import { batchesOf } from './salvage.ts';

/** When upstream accepted records, among the rows of a damaged file, known by their form. */
function* salvagedDeliveries(rows: Iterable<SalvagedRow>): Generator<DeliveredRecord> {
  for (const row of rows) {
    const delivered = deliveredIn(row);
    if (delivered !== null) yield delivered;
  }
}

/**
 * Takes over from the rows of a damaged file when upstream accepted records. It is true of a page that was given up too: a row is
 * written once and never changed. Records come before it, and are sent again all the same.
 *
 * @param take takes one batch, as `takeOverDelivered` does
 */
export async function salvageDeliveries(
  rows: Iterable<SalvagedRow>,
  take: (delivered: readonly DeliveredRecord[]) => Promise<unknown>,
): Promise<void> {
  for (const batch of batchesOf(salvagedDeliveries(rows))) await take(batch);
}

/** A row of the table `delivered_record`. */
function deliveredIn(row: SalvagedRow): DeliveredRecord | null {
  const [recordId, identity, cinemaCode, deliveredAt, sentAt, refusals] = row;
  if (typeof recordId !== 'string' || typeof identity !== 'string' || typeof cinemaCode !== 'string') return null;
  if (typeof deliveredAt !== 'string' || (sentAt !== null && typeof sentAt !== 'string')) return null;
  if (refusals !== null && !(typeof refusals === 'number' && Number.isSafeInteger(refusals))) return null;
  if (row.length !== 6 || !isIdentity(identity)) return null;
  try {
    return {
      recordId: parseRecordId(recordId),
      identity,
      cinemaCode: parseCinemaCode(cinemaCode),
      deliveredAt: parseWallClock(deliveredAt),
      sentAt: sentAt === null ? null : parseWallClock(sentAt),
      refusals,
    };
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
