import {
  type Column,
  RowsTable,
  ScreenLink,
  shownCount,
  useLanguage,
  usePalette,
  useWords,
  verdictWords,
} from '@ticket-check/console';
import type { Today } from '../../src/today/told.ts';
import type { Outcome } from './outcomes.ts';
import { WORDS } from './words.ts';

/** The checks of a day in numbers, by outcome, with the colours of the chart, and the records by hour. */
export function ChecksTable({ day, outcomes }: { day: Today; outcomes: readonly Outcome[] }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const palette = usePalette();
  const columns: Column<Outcome>[] = [
    {
      head: t.outcome,
      cell: ({ label, drawn }) => (
        <span className="outcome">
          {drawn !== null && <span className="swatch" style={{ background: palette[drawn.colour] }} />}
          {label}
        </span>
      ),
    },
    { head: t.scans, isNumber: true, cell: ({ total }) => shownCount(total) },
    {
      head: t.ofThese,
      cell: ({ verdicts }) =>
        verdicts.map(([verdict, count]) => (
          <div key={verdict} className="quiet">
            {verdictWords(verdict, language)} {shownCount(count)}
          </div>
        )),
    },
    {
      head: t.next,
      cell: ({ next }) => (next === null ? null : <ScreenLink href={next.href}>{next.text}</ScreenLink>),
    },
  ];
  const hours = [...Map.groupBy(day.Steps, ({ At }) => At.slice(11, 13))];
  const hourColumns: Column<(typeof hours)[number]>[] = [
    { head: t.hour, cell: ([hour]) => `${hour}:00` },
    ...outcomes.flatMap(({ label, drawn }) =>
      drawn === null
        ? []
        : [
            {
              head: label,
              isNumber: true,
              cell: ([, steps]: (typeof hours)[number]) =>
                shownCount(steps.reduce((sum, step) => sum + drawn.of(step), 0)),
            },
          ],
    ),
  ];
  return (
    <>
      <div className="outcomes">
        <RowsTable caption={t.outcomes} columns={columns} rows={outcomes} rowKey={({ label }) => label} />
      </div>
      <details className="by-hour">
        <summary>{t.byHour}</summary>
        <RowsTable caption={t.byHour} columns={hourColumns} rows={hours} rowKey={([hour]) => hour} />
      </details>
    </>
  );
}
