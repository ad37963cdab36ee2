import { addSeconds, businessDay } from '@ticket-check/protocol';
import { CINEMA } from '../tickets.ts';
import type { Answer, openConsole } from './console.ts';
import { dateBefore, type LargeStore } from './large-store.ts';

/** Something that a console is asked again and again; `ask` gets the number of the round. */
export type Question = readonly [name: string, ask: (round: number) => Promise<Answer>];

/** Of the cinemas, those whose records of a day are just what a file may hold. */
export const CINEMAS_OF_A_FILE = 190;

export type Asked = ReturnType<typeof asking>;

/** How the questions to a console are asked: with a token of all cinemas, and for files of records with one of `CINEMAS_OF_A_FILE`. */
export function asking(
  shape: LargeStore,
  consoles: Record<'ofAll' | 'ofAFile', Pick<ReturnType<typeof openConsole>, 'ask'>>,
) {
  const { ofAll, ofAFile } = consoles;
  /** A business date before this one, another in each round. */
  const dateIn = (round: number, dates = shape.days - 2) => dateBefore(1 + (round % dates));
  return {
    ...shape,
    asIs: (path: string) => () => ofAll.ask(path),
    /** Of another business date in each round, of the last so many where that is said. */
    ofADay:
      (path: string, more: Record<string, string> = {}, dates?: number) =>
      (round: number) =>
        ofAll.ask(`${path}?${new URLSearchParams({ businessDate: dateIn(round, dates), ...more })}`),
    /** From the middle of the day on. */
    deepInADay: (more: Record<string, string>) => (round: number) => {
      const date = dateIn(round);
      const after = JSON.stringify([addSeconds(businessDay(date).from, 8 * 3600), '', '']);
      return ofAll.ask(`/records.json?${new URLSearchParams({ businessDate: date, after, ...more })}`);
    },
    fileOfADay: (path: string) => (round: number) => ofAFile.ask(`${path}?businessDate=${dateIn(round)}`),
    with: (pathIn: (round: number) => string) => (round: number) => ofAll.ask(pathIn(round)),
  };
}

const OF_CINEMA = { cinema: CINEMA };

export const auditQuestions = ({ asIs }: Asked): Question[] => [
  ['audit.json', asIs('/audit.json')],
  ['audit.json, of one operator', asIs('/audit.json?actor=operator-7')],
  ['audit.json, of nobody', asIs('/audit.json?actor=nobody')],
  ['audit.json, deep', asIs(`/audit.json?until=${dateBefore(20)}`)],
];

/** @param filters what is looked for in the records of a day, by name */
export function recordQuestions(asked: Asked, filters: Readonly<Record<string, string>>): Question[] {
  const { ofADay, deepInADay, days, aDay } = asked;
  return [
    ['records.json, a cinema’s day', ofADay('/records.json', OF_CINEMA)],
    ['records.json, a day of all', ofADay('/records.json')],
    ['records.json, deep in a cinema’s day', deepInADay(OF_CINEMA)],
    ['records.json, deep in a day of all', deepInADay({})],
    ...Object.entries(filters).map(
      ([name, filter]): Question => [
        `records.json, ${name}`,
        ofADay('/records.json', Object.fromEntries(new URLSearchParams(filter))),
      ],
    ),
    ['record.json', asked.with((round) => `/record.json?id=${recordId((round * 37_123) % (days * aDay))}`)],
  ];
}

export const reportQuestions = ({ ofADay }: Asked): Question[] => [
  ...['session', 'cinema', 'screen', 'film', 'account', 'gate'].map(
    (by): Question => [`report.json, a cinema’s by ${by}`, ofADay('/report.json', { ...OF_CINEMA, by })],
  ),
  ...['cinema', 'screen', 'account', 'gate'].map(
    (by): Question => [`report.json, all by ${by}`, ofADay('/report.json', { by })],
  ),
];

export const fileQuestions = ({ ofADay, fileOfADay }: Asked): Question[] => [
  ['report.csv, all by session', ofADay('/report.csv', { by: 'session' })],
  ['report.xlsx, all by session', ofADay('/report.xlsx', { by: 'session' })],
  ...['csv', 'xlsx'].map(
    (format): Question => [
      `records.${format}, a day of ${CINEMAS_OF_A_FILE} cinemas`,
      fileOfADay(`/records.${format}`),
    ],
  ),
];

function recordId(number: number): string {
  return `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`;
}
