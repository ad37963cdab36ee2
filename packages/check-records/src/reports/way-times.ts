import { addSeconds, epochOf, hasWallClock, type WallClock } from '@ticket-check/protocol';
import type { ReceivedRecord } from '../tables/received-record.ts';

/** When the terminal had decided and stored a record, to the millisecond (`2026-11-24T19:20:00.431`); null if it did not say. */
export function decidedAt({ checkTime, decidedMs }: Pick<ReceivedRecord, 'checkTime' | 'decidedMs'>): string | null {
  if (decidedMs === null) return null;
  const second = timeAfter(checkTime, Math.floor(decidedMs / 1000));
  return second === null ? null : `${second}.${String(decidedMs % 1000).padStart(3, '0')}`;
}

/** When the platform had a record that forwards it; null if it did not say, or none did. */
export function forwarderAt(record: Pick<ReceivedRecord, 'checkTime' | 'forwarderSeconds'>): WallClock | null {
  const { checkTime, forwarderSeconds } = record;
  return forwarderSeconds === null ? null : timeAfter(checkTime, forwarderSeconds);
}

/** Both come from the sender. One that leads out of the calendar counts as absent: it must not fail the list. */
const timeAfter = (time: WallClock, seconds: number): WallClock | null =>
  hasWallClock(epochOf(time) + seconds * 1000) ? addSeconds(time, seconds) : null;
