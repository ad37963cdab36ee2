import { useEffect, useRef, useState } from 'react';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { usePalette } from '../look/shade.ts';

export type Series = {
  readonly label: string;
  readonly colour: string;
  /** One for each time; null if nothing is known. */
  readonly values: readonly (number | null)[];
};

/**
 * Null if it cannot be used: it takes the browser's language for one that numbers can be written in, and the language of a
 * Chromium that was started under `LANG=C`, as many a kiosk is, is `en-US@posix`.
 */
const loadPlot = async (): Promise<typeof uPlot | null> => {
  try {
    return (await import('uplot')).default;
  } catch {
    return null;
  }
};

const AXIS_FONT = '12px system-ui, sans-serif';

/**
 * Counts over time, as stacked bars; redrawn when the width, the data or the colours change. Shown as text if the browser cannot draw
 * them.
 */
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
  const place = useRef<HTMLDivElement>(null);
  const palette = usePalette();
  /** Undefined until it is known. */
  const [Plot, setPlot] = useState<typeof uPlot | null>();
  useEffect(() => {
    void loadPlot().then((loaded) => setPlot(() => loaded));
  }, []);
  useEffect(() => {
    const element = place.current;
    if (!Plot || element === null) return;
    const stacked = stack(series.map(({ values }) => values));
    const axis = {
      stroke: palette.quiet,
      font: AXIS_FONT,
      grid: { stroke: palette.line, width: 1 },
      ticks: { show: false },
    };
    const bars = Plot.paths.bars?.({ size: [0.8, 40], align: 1 });
    const chart = new Plot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(4, most * 1.1)] } },
        axes: [
          { ...axis, grid: { show: false }, values: (_, ticks) => ticks.map(shownTick), incrs: STEPS },
          {
            ...axis,
            size: 44,
            values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? String(tick) : '')),
          },
        ],
        series: [
          {},
          // The whole of the stack is drawn first, and what lies lower over it.
          ...[...series].reverse().map(({ label: name, colour }) => ({
            label: name,
            fill: colour,
            width: 0,
            points: { show: false },
            ...(bars && { paths: bars }),
          })),
        ],
      },
      [[...times], ...stacked.reverse()],
      element,
    );
    chart.setScale('x', { min: times[0] ?? 0, max: (times.at(-1) ?? 0) + stepSeconds });
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [Plot, times, series, stepSeconds, height, palette, shownTick]);
  if (Plot === null) return <p>{label}</p>;
  return <div ref={place} className="chart" role="img" aria-label={label} style={{ height }} />;
}

/** Spaces between ticks of time, in seconds: five minutes to a day. */
const STEPS = [300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400];

/** Each series on top of those before it. */
function stack(series: readonly (readonly (number | null)[])[]): (number | null)[][] {
  const sums: number[] = [];
  return series.map((values) =>
    values.map((value, place) => {
      sums[place] = (sums[place] ?? 0) + (value ?? 0);
      return sums[place] ?? 0;
    }),
  );
}
