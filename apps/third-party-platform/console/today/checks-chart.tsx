import {
  type Column,
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

/** Of the style sheet. */
const [ACCENT, BAD, QUIET] = ['var(--accent)', 'var(--bad)', 'var(--quiet)'];

/** A result of checks: a row of the table. */
type Outcome = {
  readonly label: string;
  readonly total: number;
  /** The verdicts that it is made of, the most frequent first. */
  readonly verdicts?: readonly (readonly [verdict: string, count: number])[];
  /** Where one looks next, and what that is called. */
  readonly next?: { readonly href: string; readonly text: string } | undefined;
  /** Its colour in the chart; refusals are not drawn, since only their totals are known. */
  readonly colour?: string;
};

/** The results of a day: entries, the kinds of refusals, quarantined records. */
function useOutcomes(day: Today): readonly Outcome[] {
  const t = useWords(WORDS);
  const language = useLanguage();
  const next: Partial<Record<ScanKind, Outcome['next']>> = {
    entered: { href: '/worklist', text: t.look.worklist },
    invalid: { href: '/ticket', text: t.look.ticket },
    unreadable: { href: '/fleet', text: t.look.fleet },
    undecided: { href: '/fleet', text: t.look.fleet },
  };
  const refused = Object.entries(day.Refused);
  const look = { href: '/outbox?kind=quarantined', text: t.look.outbox };
  const quarantined = { label: t.quarantined, total: day.Quarantined, next: look, colour: BAD };
  return [
    { label: t.entries, total: day.Entries, colour: ACCENT },
    ...[...countKinds(refused)].map(([kind, total]) => ({
      label: SCAN_KINDS[kind][language],
      total,
      verdicts: refused.filter(([verdict]) => scanKindOf(verdict) === kind).sort(([, a], [, b]) => b - a),
      next: next[kind],
    })),
    ...(day.Quarantined === 0 ? [] : [quarantined]),
  ];
}

/** The checks of a day in numbers, by outcome, with the colours of the chart, and the records by hour. */
function ChecksTable({ day, outcomes }: { day: Today; outcomes: readonly Outcome[] }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const columns: Column<Outcome>[] = [
    {
      head: t.outcome,
      cell: ({ label, colour }) => (
        <span className="outcome">
          {colour === undefined ? null : <span className="swatch" style={{ background: colour }} />}
          {label}
        </span>
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
      cell: ({ next }) => (next === undefined ? null : <ScreenLink href={next.href}>{next.text}</ScreenLink>),
    },
  ];
  const hours = [...Map.groupBy(day.Steps, ({ At }) => `${At.slice(11, 13)}:00`)].map(([hour, steps]) => ({
    hour,
    Entries: steps.reduce((sum, { Entries }) => sum + Entries, 0),
    Quarantined: steps.reduce((sum, { Quarantined }) => sum + Quarantined, 0),
  }));
  return (
    <>
      <div className="outcomes">
        <RowsTable caption={t.outcomes} columns={columns} rows={outcomes} rowKey={({ label }) => label} />
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
  );
}

/** The records of the business date over time, and their outcomes. */
export function ChecksChart({ day }: { day: Today }) {
  const t = useWords(WORDS);
  const outcomes = useOutcomes(day);
  const { Accounts, Telling } = day.Terminals;
  const hasChecks = outcomes.some(({ total }) => total > 0);
  return (
    <>
      {hasChecks ? null : <Nothing {...t.noChecks} />}
      {day.Steps.length + day.Before.Steps.length > 0 && (
        <TimeChart day={day} label={t.chartLabel(day.Entries, day.Before.BusinessDate)} />
      )}
      {day.Before.Steps.length > 0 && <p className="quiet">{t.behind(day.Before.BusinessDate)}</p>}
      <p className="quiet">{t.telling(Accounts, Telling)}</p>
      {hasChecks && <ChecksTable day={day} outcomes={outcomes} />}
    </>
  );
}

const STEP_SECONDS = 600;
/** So much is shown at least, so that the first guests of a day are no wall. */
const LEAST_SECONDS = 18 * STEP_SECONDS;
const HEIGHT = 220;
/** Pixels of the axes: numbers at the left, times below. */
const LEFT = 44;
const BELOW = 24;
const AXIS = { fontSize: 12, fontFamily: 'system-ui, sans-serif' };
/** Spaces between ticks of time, in seconds: half an hour to a day. */
const SPACES = [1800, 3600, 7200, 10_800, 21_600, 86_400];
/** As many as a phone has room for. */
const MOST_TICKS = 6;

/** A week before, in seconds. */
const BEFORE_SECONDS = 7 * 86_400;

/** Entries and quarantined records over time, as stacked bars before those of a week before. Positions are parts of the width, so that the browser draws it again where that changes. */
function TimeChart({ day: { Steps: steps, Before }, label }: { day: Today; label: string }) {
  const times = steps.map(({ At }) => epochOf(At) / 1000);
  const before = Before.Steps.map(({ At, Entries }) => ({ seconds: epochOf(At) / 1000 + BEFORE_SECONDS, Entries }));
  const all = [...times, ...before.map(({ seconds }) => seconds)];
  const start = Math.min(...all);
  const span = Math.max(LEAST_SECONDS, Math.max(...all) + STEP_SECONDS - start);
  const counted = [
    ...steps.map(({ Entries, Quarantined }) => Entries + Quarantined),
    ...before.map(({ Entries }) => Entries),
  ];
  const most = Math.max(4, Math.max(...counted) * 1.1);
  const y = (count: number) => (HEIGHT - BELOW) * (1 - count / most);
  const x = (seconds: number) => `${((seconds - start) / span) * 100}%`;
  const bar = (seconds: number, from: number, to: number) => ({
    x: x(seconds),
    y: y(to),
    width: `${(STEP_SECONDS / span) * 80}%`,
    height: y(from) - y(to),
  });
  const counts = countTicks(most);
  return (
    <div role="img" aria-label={label} style={{ display: 'flex', height: HEIGHT }}>
      <svg aria-hidden="true" width={LEFT} height={HEIGHT} {...AXIS} fill={QUIET} textAnchor="end">
        {counts.map((count) => (
          <text key={count} x={LEFT - 8} y={Math.max(12, y(count) + 4)}>
            {count}
          </text>
        ))}
      </svg>
      <svg aria-hidden="true" width="100%" height={HEIGHT} {...AXIS} fill={QUIET} textAnchor="middle">
        {counts.map((count) => (
          <line key={count} x1="0" x2="100%" y1={y(count)} y2={y(count)} stroke="var(--line)" />
        ))}
        {timeTicks(start, span).map((seconds) => (
          <text key={seconds} x={x(seconds)} y={HEIGHT - 6}>
            {clockOf(seconds)}
          </text>
        ))}
        {before.map(({ seconds, Entries }) => (
          <rect key={seconds} {...bar(seconds, 0, Entries)} fill="var(--line)" />
        ))}
        {steps.map(({ At, Entries, Quarantined }, place) => (
          <g key={At}>
            <rect {...bar(times[place] ?? 0, 0, Entries)} fill={ACCENT} />
            <rect {...bar(times[place] ?? 0, Entries, Entries + Quarantined)} fill={BAD} />
          </g>
        ))}
      </svg>
    </div>
  );
}

/** At most six whole numbers from 0, apart by 1, 2 or 5 times a power of ten. */
function countTicks(most: number): number[] {
  const power = 10 ** Math.max(0, Math.floor(Math.log10(most / 5)));
  const space = [1, 2, 5, 10].map((times) => times * power).find((each) => most / each <= 5) ?? power;
  return Array.from({ length: Math.floor(most / space) + 1 }, (_, place) => place * space);
}

/** The full hours, or parts or multiples of them, that are shown of a span of time. */
function timeTicks(start: number, span: number): number[] {
  const space = SPACES.find((each) => span / each <= MOST_TICKS) ?? span;
  const first = Math.ceil((start + 1) / space) * space;
  return Array.from({ length: Math.ceil((start + span - first) / space) }, (_, place) => first + place * space);
}

/** The hour and minute of a moment in China, which has no other time. */
export function clockOf(seconds: number): string {
  return new Date(seconds * 1000 + 8 * 3_600_000).toISOString().slice(11, 16);
}
