import { type BusinessDate, businessDate, businessDay, wallClockAt } from '@ticket-check/protocol';
import { hoursOf, type Slice } from './slices.ts';

/**
 * Counts the business date that is now, again whenever it is asked: the hour that is now, and one of those before it in turn,
 * because terminals that were offline report late. So the busiest day costs the connection of reports a few milliseconds each time,
 * and what came late is seen within as many calls as the day has hours. `begin` reads what is read once for the whole day.
 */
export function hourByHour<Count>(
  now: () => number,
  begin: (day: Slice) => Promise<(hour: Slice) => Promise<readonly Count[]>>,
): () => Promise<{ readonly date: BusinessDate; readonly counts: readonly Count[] }> {
  let day: { date: BusinessDate; hours: Map<string, readonly Count[]>; turn: number } | null = null;

  return async () => {
    const at = wallClockAt(now());
    const date = businessDate(at);
    const current = day?.date === date ? day : { date, hours: new Map<string, readonly Count[]>(), turn: 0 };
    const countHour = await begin(businessDay(date));
    const count = async (hour: Slice) => current.hours.set(hour.from, await countHour(hour));
    const passed = hoursOf(date).filter(({ from }) => from <= at);
    for (const hour of passed.slice(0, -1)) {
      if (!current.hours.has(hour.from)) await count(hour);
    }
    const [inTurn, latest] = [passed[current.turn++ % passed.length], passed.at(-1)];
    if (inTurn !== undefined && inTurn !== latest) await count(inTurn);
    if (latest !== undefined) await count(latest);
    day = current;
    return { date, counts: [...current.hours.values()].flat() };
  };
}
