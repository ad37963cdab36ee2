import { usePalette } from './look/shade.ts';

export type Series = {
  readonly label: string;
  readonly colour: string;
  /** One for each time; null if nothing is known. */
  readonly values: readonly (number | null)[];
};

const AXIS = { fontSize: 12, fontFamily: 'system-ui, sans-serif' };
/** Pixels of the axes: numbers at the left, times below. */
const LEFT = 44;
const BELOW = 24;
/** Spaces between ticks of time, in seconds: ten minutes to a day. */
const SPACES = [600, 1800, 3600, 7200, 10_800, 21_600, 86_400];
/** As many as a phone has room for. */
const MOST_TICKS = 6;

/** Counts over time, as stacked bars. Positions are parts of the width, so that the browser draws it again where that changes. */
export function TimeChart({
  times,
  series,
  stepSeconds,
  height = 220,
  label,
  shownTick,
}: {
  /** The beginning of each step, in seconds since 1970. */
  times: readonly number[];
  /** The lowest of the stack first. */
  series: readonly Series[];
  stepSeconds: number;
  height?: number;
  /** What the chart shows, in words, for those who do not see it. */
  label: string;
  shownTick(seconds: number): string;
}) {
  const { quiet, line } = usePalette();
  const start = times[0] ?? 0;
  const span = (times.at(-1) ?? start) + stepSeconds - start;
  const stacks = times.map((_, place) => stack(series.map(({ values }) => values[place] ?? 0)));
  const most = Math.max(4, ...stacks.map((sums) => (sums.at(-1) ?? 0) * 1.1));
  const y = (count: number) => (height - BELOW) * (1 - count / most);
  const x = (seconds: number) => `${((seconds - start) / span) * 100}%`;
  return (
    <div role="img" aria-label={label} style={{ display: 'flex', height }}>
      <svg aria-hidden="true" width={LEFT} height={height} {...AXIS} fill={quiet} textAnchor="end">
        {countTicks(most).map((count) => (
          <text key={count} x={LEFT - 8} y={Math.max(12, y(count) + 4)}>
            {count}
          </text>
        ))}
      </svg>
      <svg aria-hidden="true" width="100%" height={height} {...AXIS} fill={quiet} textAnchor="middle">
        {countTicks(most).map((count) => (
          <line key={count} x1="0" x2="100%" y1={y(count)} y2={y(count)} stroke={line} />
        ))}
        {timeTicks(start, span).map((seconds) => (
          <text key={seconds} x={x(seconds)} y={height - 6}>
            {shownTick(seconds)}
          </text>
        ))}
        {series.map(({ label: name, colour }, place) =>
          times.map((time, step) => {
            const [below, upTo] = [stacks[step]?.[place - 1] ?? 0, stacks[step]?.[place] ?? 0];
            if (upTo === below) return null;
            const width = `${(stepSeconds / span) * 80}%`;
            return (
              <rect
                key={`${name} ${time}`}
                {...{ x: x(time), y: y(upTo), width, height: y(below) - y(upTo) }}
                fill={colour}
              />
            );
          }),
        )}
      </svg>
    </div>
  );
}

/** The sum of each count and those before it. */
function stack(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.map((count) => {
    sum += count;
    return sum;
  });
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
  return Array.from(
    { length: Math.max(0, Math.ceil((start + span - first) / space)) },
    (_, place) => first + place * space,
  );
}
