import {
  BarChart,
  epochOf,
  Nothing,
  RowsTable,
  ScreenLink,
  shownCount,
  useLanguage,
  useWords,
  verdictWords,
} from '@ticket-check/console';
import { countKinds, SCAN_KINDS, type ScanKind, scanKindOf } from '@ticket-check/protocol/scan-kinds';
import type { Today } from '../../src/today/told.ts';
import { WORDS } from './words.ts';

const [ACCENT, BAD] = ['var(--accent)', 'var(--bad)'];

type Outcome = {
  readonly label: string;
  readonly total: number;
  /** The verdicts that it is made of, the most frequent first. */
  readonly verdicts?: readonly (readonly [verdict: string, count: number])[];
  /** Where one looks next, and what that is called. */
  readonly next?: readonly [href: string, words: string] | undefined;
  /** Its colour in the chart; refusals are not drawn, since only their totals are known. */
  readonly colour?: string;
};

function useOutcomes(day: Today): readonly Outcome[] {
  const { look, ...t } = useWords(WORDS);
  const language = useLanguage();
  const next: Partial<Record<ScanKind, Outcome['next']>> = {
    entered: ['/worklist', look.worklist],
    invalid: ['/ticket', look.ticket],
    unreadable: ['/fleet', look.fleet],
    undecided: ['/fleet', look.fleet],
  };
  const refused = Object.entries(day.Refused);
  const outbox = ['/outbox?kind=quarantined', look.outbox] as const;
  return [
    { label: t.entries, total: day.Entries, colour: ACCENT },
    ...[...countKinds(refused)].map(([kind, total]) => ({
      label: SCAN_KINDS[kind][language],
      total,
      verdicts: refused.filter(([verdict]) => scanKindOf(verdict) === kind).sort(([, a], [, b]) => b - a),
      next: next[kind],
    })),
    ...(day.Quarantined === 0 ? [] : [{ label: t.quarantined, total: day.Quarantined, next: outbox, colour: BAD }]),
  ];
}

/** The records of the business date over time, and their outcomes. */
export function ChecksChart({ day }: { day: Today }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const outcomes = useOutcomes(day);
  const { Accounts, Telling } = day.Terminals;
  const hours = [...Map.groupBy(day.Steps, ({ At }) => `${At.slice(11, 13)}:00`)].map(([hour, steps]) => ({
    hour,
    Entries: steps.reduce((sum, { Entries }) => sum + Entries, 0),
    Quarantined: steps.reduce((sum, { Quarantined }) => sum + Quarantined, 0),
  }));
  const hasChecks = outcomes.some(({ total }) => total > 0);
  return (
    <>
      {hasChecks ? null : <Nothing {...t.noChecks} />}
      {day.Steps.length + day.Before.Steps.length > 0 && (
        <TimeChart day={day} label={t.chartLabel(day.Entries, day.Before.BusinessDate)} />
      )}
      {day.Before.Steps.length > 0 && <p className="quiet">{t.behind(day.Before.BusinessDate)}</p>}
      <p className="quiet">{t.telling(Accounts, Telling)}</p>
      {hasChecks && (
        <>
          <div className="outcomes">
            <RowsTable<Outcome>
              caption={t.outcomes}
              columns={[
                {
                  head: t.outcome,
                  cell: ({ label, colour }) => (
                    <>
                      {colour === undefined ? null : (
                        <span className="swatch" style={{ color: colour }} aria-hidden>
                          {'■ '}
                        </span>
                      )}
                      {label}
                    </>
                  ),
                },
                { head: t.scans, of: 'total' },
                {
                  head: t.ofThese,
                  cell: ({ verdicts = [] }) =>
                    verdicts.map(([verdict, count]) => (
                      <div key={verdict} className="quiet">
                        {verdictWords(verdict, language)} {shownCount(count)}
                      </div>
                    )),
                },
                {
                  head: t.next,
                  cell: ({ next }) => (next === undefined ? null : <ScreenLink href={next[0]}>{next[1]}</ScreenLink>),
                },
              ]}
              rows={outcomes}
              rowKey={({ label }) => label}
            />
          </div>
          <details className="by-hour">
            <summary>{t.byHour}</summary>
            <RowsTable
              caption={t.byHour}
              columns={[{ head: t.hour, of: 'hour' }, 'Entries', 'Quarantined']}
              rows={hours}
              rowKey={({ hour }) => hour}
            />
          </details>
        </>
      )}
    </>
  );
}

const STEP_SECONDS = 600;
/** So much is shown at least, so that the first guests of a day are no wall. */
const LEAST_SECONDS = 18 * STEP_SECONDS;
const BEFORE_SECONDS = 7 * 86_400;
/** Entries and quarantined records over time, as stacked bars before those of a week before. */
function TimeChart({ day: { Steps, Before }, label }: { day: Today; label: string }) {
  const secondsOf = (at: string) => epochOf(at) / 1000;
  const before = Before.Steps.map(({ At, Entries }) => {
    return { at: secondsOf(At) + BEFORE_SECONDS, from: 0, to: Entries, fill: 'var(--line)' };
  });
  const now = Steps.flatMap(({ At, Entries, Quarantined }) => [
    { at: secondsOf(At), from: 0, to: Entries, fill: ACCENT },
    { at: secondsOf(At), from: Entries, to: Entries + Quarantined, fill: BAD },
  ]);
  const bars = [...before, ...now];
  const start = Math.min(...bars.map(({ at }) => at));
  const span = Math.max(LEAST_SECONDS, ...bars.map(({ at }) => at + STEP_SECONDS - start));
  const most = Math.max(4, ...bars.map(({ to }) => to * 1.1));
  const part = (seconds: number) => (seconds - start) / span;
  return (
    <BarChart
      label={label}
      height={220}
      most={most}
      values={countTicks(most).map((count) => [count, `${count}`])}
      places={timeTicks(start, span).map((seconds) => [part(seconds), clockOf(seconds)])}
      width={(0.8 * STEP_SECONDS) / span}
      bars={bars.map((bar) => ({ ...bar, at: part(bar.at) }))}
    />
  );
}

/** At most six whole numbers from 0, apart by 1, 2 or 5 times a power of ten. */
function countTicks(most: number): number[] {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(most / 5)));
  const space = [1, 2, 5, 10].map((times) => times * power).find((each) => most / each <= 5) ?? power;
  return Array.from({ length: Math.floor(most / space) + 1 }, (_, place) => place * space);
}

/** The hours that are shown of a span of time; every fourth of a whole day, as many as a phone has room for. */
function timeTicks(start: number, span: number): number[] {
  const space = 3600 * Math.ceil(span / (6 * 3600));
  const first = Math.ceil((start + 1) / space) * space;
  return Array.from({ length: Math.ceil((start + span - first) / space) }, (_, place) => first + place * space);
}

/** The hour and minute of a moment in China, which has no other time. */
export function clockOf(seconds: number): string {
  return new Date(seconds * 1000 + 8 * 3_600_000).toISOString().slice(11, 16);
}
