/** Positions are parts of the width, 0 to 1, so that the browser draws a chart again where the width changes. */
type Bar = {
  readonly at: number;
  readonly from?: number;
  readonly to: number;
  readonly fill: string;
  readonly says?: string;
};

/** Room for the values at the left, half of one above, and the words below. */
const [LEFT, ABOVE, BELOW] = [48, 8, 24];

/** Bars between `lowest` and `most`, with values at the left and words below; `line` is a value that is demanded. */
export function BarChart({
  label,
  height,
  lowest = 0,
  most,
  values,
  places,
  width,
  bars,
  line,
}: {
  label: string;
  height: number;
  lowest?: number;
  most: number;
  values: readonly (readonly [value: number, words: string])[];
  places: readonly (readonly [at: number, words: string])[];
  /** Of a bar. */
  width: number;
  bars: readonly Bar[];
  line?: number;
}) {
  const floor = height - BELOW;
  const y = (value: number) => floor - ((floor - ABOVE) * (value - lowest)) / (most - lowest);
  const x = (part: number) => `${part * 100}%`;
  const across = (value: number) => ({ x1: 0, x2: '100%', y1: y(value), y2: y(value) });
  const axes = { height, fontSize: 12, fill: 'var(--quiet)' };
  return (
    <div role="img" aria-label={label} style={{ display: 'flex', height }}>
      <svg {...axes} aria-hidden="true" width={LEFT} textAnchor="end" style={{ flex: 'none' }}>
        {values.map(([value, words]) => (
          <text key={value} x={LEFT - 8} y={y(value) + 4}>
            {words}
          </text>
        ))}
      </svg>
      <svg {...axes} aria-hidden="true" style={{ flex: 1, minWidth: 0 }} overflow="visible" textAnchor="middle">
        {values.map(([value]) => (
          <line key={value} {...across(value)} stroke="var(--line)" />
        ))}
        {places.map(([at, words]) => (
          <text key={at} x={x(at)} y={height - 6}>
            {words}
          </text>
        ))}
        {bars.map(({ at, from = lowest, to, fill, says }) => (
          <rect key={`${at} ${fill}`} x={x(at)} y={y(to)} width={x(width)} height={y(from) - y(to)} fill={fill}>
            {says === undefined ? null : <title>{says}</title>}
          </rect>
        ))}
        {line === undefined ? null : <line {...across(line)} stroke="var(--quiet)" />}
      </svg>
    </div>
  );
}
