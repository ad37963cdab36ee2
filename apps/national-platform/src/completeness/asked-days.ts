import { addDays, type BusinessDate, businessDate, parseWholeDay, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import { type AskedList, cinemasIn, readPart } from '@ticket-check/web-kit';
import { loadPlatformDays, type PlatformDay, type ToldStore } from './platform-days.ts';

export const lastDateOver = (now: Clock): BusinessDate => addDays(businessDate(wallClockAt(now())), -1);

/** The business date that is asked for; by default the last one that is over: of the one that goes on, much is on its way. */
export const dateIn = ({ query }: AskedList, now: Clock): BusinessDate =>
  readPart(query, 'businessDate', parseWholeDay) ?? lastDateOver(now);

/** Its cinemas and platforms, as far as they are asked for and whoever asks may see them. */
export async function askedDays(
  store: ToldStore,
  asked: AskedList,
  now: Clock,
  signal?: AbortSignal,
): Promise<PlatformDay[]> {
  const platform = asked.query.get('platform')?.trim() ?? '';
  const date = dateIn(asked, now);
  const days = await loadPlatformDays(store, { date, cinemas: cinemasIn(asked), ...(signal && { signal }) }, now);
  return platform === '' ? days : days.filter((day) => day.platform === platform);
}
