import {
  type BusinessDate,
  businessDay,
  type CheckRecord,
  createRecordsHash,
  type HourOfRecords,
  hourOf,
  type WallClockHour,
} from '@ticket-check/protocol';
import { turn } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { RecordState, RecordsAsked } from '../store/record-states.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { readCompared } from './compared-records.ts';

/** What both sides say of records beyond a report. */
export type SpokenOfRecords = { readonly overrides: boolean; readonly undone: boolean };

/**
 * What each hour of a business date holds, in the order of the hours; hours without records are left out. In turns with what else the
 * event loop has to do. Extension `check-records`; readings R8 and X7.
 *
 * @param asked `overrides`, `undone`: whether the peer announced `overrides`, `undone-records`
 * @throws the signal's reason if it has aborted
 */
export async function summarizeDay(
  store: Store<CheckRecordTables>,
  {
    businessDate,
    overrides,
    signal,
    ...asked
  }: Omit<RecordsAsked, 'from' | 'until'> & {
    readonly businessDate: BusinessDate;
    readonly signal?: AbortSignal | undefined;
  } & SpokenOfRecords,
): Promise<HourOfRecords[]> {
  const hours: HourOfRecords[] = [];
  let current: ReturnType<typeof beginHour> | null = null;
  for await (const { record, state, undone } of readCompared(store, { ...asked, ...businessDay(businessDate) })) {
    await turn();
    signal?.throwIfAborted();
    const hour = hourOf(record.checkTime);
    if (current?.hour !== hour) {
      if (current !== null) hours.push(current.end());
      current = beginHour(hour);
    }
    current.add(overrides ? record : withoutOverride(record), state, undone !== null);
  }
  if (current !== null) hours.push(current.end());
  return hours;
}

/** A record as seen by a peer that does not know of overrides. Reading R10. */
export function withoutOverride<R extends CheckRecord>(record: R): R {
  return record.overriddenVerdict === null ? record : { ...record, overriddenVerdict: null };
}

function beginHour(hour: WallClockHour) {
  const counted = createRecordsHash();
  let quarantined = 0;
  let undelivered = 0;
  return {
    hour,
    add(record: CheckRecord, state: RecordState, isUndone: boolean): void {
      if (state === 'QUARANTINED') {
        quarantined += 1;
        return;
      }
      counted.add(record, isUndone);
      if (state !== 'DELIVERED') undelivered += 1;
    },
    end: (): HourOfRecords => ({ hour, ...counted.end(), quarantined, undelivered }),
  };
}
