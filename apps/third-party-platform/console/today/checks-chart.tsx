import {
  type Column,
  epochOf,
  Nothing,
  RowsTable,
  ScreenLink,
  shownCount,
  useLanguage,
  usePalette,
  useWords,
  verdictWords,
} from '@ticket-check/console';
import { TimeChart } from '@ticket-check/console/chart';
import { countKinds, SCAN_KINDS, type ScanKind, scanKindOf } from '@ticket-check/protocol/scan-kinds';
import { useMemo } from 'react';
import type { Today } from '../../src/today/told.ts';
import { WORDS } from './words.ts';

type Step = Today['Steps'][number];

/** A result of checks: a row of the table. */
type Outcome = {
  readonly label: string;
  readonly total: number;
  /** The verdicts that it is made of, the most frequent first. */
  readonly verdicts: readonly (readonly [verdict: string, count: number])[];
  /** Where one looks next, and what that is called. */
  readonly next: { readonly href: string; readonly text: string } | null;
  /** How it is drawn over time; null for refusals, since only their totals are known. */
  readonly drawn: { readonly colour: keyof ReturnType<typeof usePalette>; of(step: Step): number } | null;
};

/** The results of a day: entries, the kinds of refusals, quarantined records. */
function useOutcomes(day: Today): readonly Outcome[] {
  const t = useWords(WORDS);
  const language = useLanguage();
  return useMemo(() => {
    const next: Partial<Record<ScanKind, Outcome['next']>> = {
      entered: { href: '/worklist', text: t.look.worklist },
      invalid: { href: '/ticket', text: t.look.ticket },
      unreadable: { href: '/fleet', text: t.look.fleet },
      undecided: { href: '/fleet', text: t.look.fleet },
    };
    const refused = Object.entries(day.Refused);
    const refusals = [...countKinds(refused)].map(
      ([kind, total]): Outcome => ({
        label: SCAN_KINDS[kind][language],
        total,
        verdicts: refused.filter(([verdict]) => scanKindOf(verdict) === kind).sort(([, a], [, b]) => b - a),
        next: next[kind] ?? null,
        drawn: null,
      }),
    );
    const quarantined: Outcome = {
      label: t.quarantinedStep,
      total: day.Quarantined,
      verdicts: [],
      next: { href: '/outbox?kind=quarantined', text: t.look.outbox },
      drawn: { colour: 'bad', of: ({ Quarantined }) => Quarantined },
    };
    return [
      {
        label: t.entries,
        total: day.Entries,
        verdicts: [],
        next: null,
        drawn: { colour: 'accent', of: ({ Entries }) => Entries },
      },
      ...refusals,
      ...(day.Quarantined === 0 ? [] : [quarantined]),
    ];
  }, [day, t, language]);
}

/** The checks of a day in numbers, by outcome, with the colours of the chart, and the records by hour. */
function ChecksTable({ day, outcomes }: { day: Today; outcomes: readonly Outcome[] }) {
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
