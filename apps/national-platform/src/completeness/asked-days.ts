import { type AskedList, cinemasIn, readPart } from '@ticket-check/admin';
import { addDays, type BusinessDate, businessDate, parseWholeDay, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { type CompletenessStore, loadPlatformDays, type PlatformDay } from './platform-days.ts';

export const lastDateOver = (now: Clock): BusinessDate => addDays(businessDate(wallClockAt(now())), -1);

/** Reads the requested business date; by default the last one that is over, since records of today are still on their way. */
export const dateIn = ({ query }: AskedList, now: Clock): BusinessDate =>
  readPart(query, 'businessDate', parseWholeDay) ?? lastDateOver(now);

/** Loads the requested cinemas and platforms of that date that the operator may see. */
export async function askedDays(
  store: CompletenessStore,
  asked: AskedList,
  now: Clock,
  signal?: AbortSignal,
): Promise<PlatformDay[]> {
  const platform = asked.query.get('platform')?.trim() ?? '';
  const date = dateIn(asked, now);
  const days = await loadPlatformDays(store, { date, cinemas: cinemasIn(asked), ...(signal && { signal }) }, now);
  return platform === '' ? days : days.filter((day) => day.platform === platform);
}
