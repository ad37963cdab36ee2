import { addDays, type BusinessDate, businessDate, type CinemaCode, wallClockAt } from '@ticket-check/protocol';
import { measuredGauge, type Service } from '@ticket-check/runtime';
import { type Completeness, completenessOf, DEMANDED_PERCENT, isTooIncomplete } from './report-line.ts';

/** A look takes a large platform less than a second of its connection of reports. */
const EVERY_MS = 5 * 60_000;
const FIRST_WITHIN_MS = 15_000;
const DAYS_BACK = [1, 2];
const MAX_NAMED = 20;

export type Alarmed = Completeness & { readonly businessDate: BusinessDate; readonly cinemaCode: CinemaCode };

const WHERE = { upstream: 'the upstream', here: 'this platform' } as const;

/** Raises an alarm for each cinema with under 98 % of the entries of the last two past dates; answers a function that lists them. */
export function watchCompleteness(
  service: Service,
  options: {
    /** For each cinema with known numbers, how many of a business date's admissions arrived. */
    count(date: BusinessDate): Promise<ReadonlyMap<CinemaCode, Completeness>>;
    arrivesAt: keyof typeof WHERE;
    /** Epoch milliseconds, by the clock that check times are taken from. */
    now: () => number;
    everyMs?: number | undefined;
  },
): () => readonly Alarmed[] {
  const { count, now, everyMs = EVERY_MS } = options;
  const where = WHERE[options.arrivesAt];
  const { logger, metrics } = service;
  let alarmed: readonly Alarmed[] | null = null;

  async function look(): Promise<void> {
    const found: Alarmed[] = [];
    for (const days of DAYS_BACK) {
      const date = addDays(businessDate(wallClockAt(now())), -days);
      for (const [cinemaCode, completeness] of await count(date)) {
        if (isTooIncomplete(completeness)) found.push({ businessDate: date, cinemaCode, ...completeness });
      }
    }
    const before = alarmed ?? [];
    alarmed = found;
    const isNew = ({ businessDate, cinemaCode }: Alarmed) =>
      !before.some((known) => known.businessDate === businessDate && known.cinemaCode === cinemaCode);
    if (found.some(isNew)) {
      const cinemas = found.slice(0, MAX_NAMED).map(shown);
      const line = { demandedPercent: DEMANDED_PERCENT, cinemas, count: found.length };
      logger.error(line, `completeness under ${DEMANDED_PERCENT} % at ${where}`);
    } else if (found.length === 0 && before.length > 0) logger.info(`completeness restored at ${where}`);
  }

  const help = `Cinemas and past dates with under 98 % of the entries at ${where}`;
  measuredGauge(metrics, 'completeness_alarmed_cinemas', help, () => alarmed?.length ?? 0);
  service.check({
    name: 'completeness',
    run: async () => ({
      ok: true,
      ...(alarmed !== null && alarmed.length > 0 && { degraded: true }),
      alarmed: alarmed?.length ?? null,
      cinemas: (alarmed ?? []).slice(0, MAX_NAMED).map(shown),
    }),
  });
  service.job({
    name: 'completeness',
    // Each shows it in its own health and metrics.
    runs: 'everywhere',
    ...{ everyMs, firstWithinMs: Math.min(everyMs, FIRST_WITHIN_MS) },
    run: look,
  });
  return () => alarmed ?? [];
}

function shown({ businessDate, cinemaCode, entries, delivered }: Alarmed) {
  return { businessDate, cinemaCode, entries, delivered, completeness: completenessOf({ entries, delivered }) };
}
