import { epochOf, Nothing, usePalette, useWords } from '@ticket-check/console';
import { TimeChart } from '@ticket-check/console/chart';
import { useMemo } from 'react';
import type { Today } from '../../src/today/told.ts';
import { ChecksTable } from './checks-table.tsx';
import { useOutcomes } from './outcomes.ts';
import { WORDS } from './words.ts';

const STEP_SECONDS = 600;
/** So much is shown at least, so that the first guests of a day are no wall. */
const LEAST_STEPS = 18;

/** The records of the business date over time, and their outcomes. */
export function ChecksChart({ day }: { day: Today }) {
  const t = useWords(WORDS);
  const palette = usePalette();
  const outcomes = useOutcomes(day);
  const { times, series } = useMemo(() => {
    const at = day.Steps.map(({ At }) => epochOf(At) / 1000);
    const first = at[0] ?? 0;
    const count = Math.max(LEAST_STEPS, ((at.at(-1) ?? 0) - first) / STEP_SECONDS + 1);
    const byTime = new Map(day.Steps.map((step, place) => [at[place], step]));
    const times = Array.from({ length: count }, (_, place) => first + place * STEP_SECONDS);
    const series = outcomes.flatMap(({ label, drawn }) =>
      drawn === null
        ? []
        : [
            {
              label,
              colour: palette[drawn.colour],
              values: times.map((time) => {
                const step = byTime.get(time);
                return step === undefined ? 0 : drawn.of(step);
              }),
            },
          ],
    );
    return { times, series };
  }, [day.Steps, palette, outcomes]);
  const { Accounts, Telling, NotShown } = day.Terminals;
  const telling = (
    <>
      <p className="quiet">{t.telling(Accounts, Telling)}</p>
      {NotShown > 0 && <p className="quiet">{t.notShown(NotShown)}</p>}
    </>
  );
  if (outcomes.every(({ total }) => total === 0)) {
    return (
      <>
        <Nothing {...t.noChecks} />
        {telling}
      </>
    );
  }
  return (
    <>
      {day.Steps.length > 0 && (
        <TimeChart
          times={times}
          series={series}
          stepSeconds={STEP_SECONDS}
          label={t.chartLabel(day.Entries)}
          shownTick={hourOf}
        />
      )}
      {telling}
      <ChecksTable day={day} outcomes={outcomes} />
    </>
  );
}

/** The hour and minute of a moment in China, which has no other time. */
function hourOf(seconds: number): string {
  return new Date(seconds * 1000 + 8 * 3_600_000).toISOString().slice(11, 16);
}
