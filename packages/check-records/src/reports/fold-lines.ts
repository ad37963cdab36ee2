import { inOrderOfTheDay, type LineKey, type ReportLine, sumOf } from './report-line.ts';

/** What the lines of a day can be put together by, within a cinema. */
export const DIMENSIONS = ['screen', 'film', 'account', 'gate'] as const;
export type Dimension = (typeof DIMENSIONS)[number];

const KEPT = {
  screen: ['screenCode', 'screenName'],
  film: ['filmCode', 'filmName'],
  account: ['account'],
  // Most terminals call their first gate the same, so the account belongs to the key.
  gate: ['account', 'gate'],
} as const satisfies Record<Dimension, (keyof LineKey | 'screenName' | 'filmName')[]>;

const KEYS = {
  screen: ['screenCode'],
  film: ['filmCode'],
  account: ['account'],
  gate: ['account', 'gate'],
} as const satisfies Record<Dimension, (keyof LineKey)[]>;

const EMPTY = {
  screenCode: '',
  screenName: '',
  sessionCode: '',
  startTime: '',
  filmCode: '',
  filmName: '',
  account: '',
  gate: '',
};

/** One line for each screen, film, account or gate of an account, of a cinema; what then differs within a line is left empty. */
export function foldLines(lines: readonly ReportLine[], by: Dimension): ReportLine[] {
  const groups = Map.groupBy(lines, (line) => [line.cinemaCode, ...KEYS[by].map((key) => line[key])].join('\n'));
  const folded = [...groups.values()].map((group) => {
    const kept = Object.fromEntries(
      KEPT[by].map((column) => [column, group.find((line) => line[column] !== '')?.[column] ?? '']),
    );
    return { ...EMPTY, cinemaCode: group[0]?.cinemaCode, ...kept, ...sumOf(group) } as ReportLine;
  });
  const byCinema = Map.groupBy(folded, ({ cinemaCode }) => cinemaCode);
  return [...byCinema.values()].flatMap((ofCinema) => ofCinema.sort(inOrderOfTheDay));
}
