import { addSeconds, businessDay } from '@ticket-check/protocol';
import { CINEMA } from '../tickets.ts';
import type { Answer, openConsole } from './console.ts';
import { dateBefore, type LargeStore } from './shape.ts';

/** A question that the console is asked repeatedly; `ask` gets the number of the round. */
export type Question = readonly [name: string, ask: (round: number) => Promise<Answer>];

type OpenConsole = Pick<ReturnType<typeof openConsole>, 'ask'>;

/** The most cinemas whose records of a day fit into one file. */
export const CINEMAS_OF_A_FILE = 190;

const FILTERS = {
  'one terminal': 'terminal=terminal-7-1',
  'one gate of that name': 'gate=gate-2',
  'one screen': 'screen=0003000000000000',
  'one film': 'film=001100000012',
  refused: 'state=PARKED',
  'waiting (none)': 'state=WAITING',
  quarantined: 'state=QUARANTINED',
  'an unknown ticket': 'ticket=9999999999999999',
  'an unknown terminal': 'terminal=nobody',
  'an unknown gate': 'gate=nowhere',
  'a cinema’s refused': `state=PARKED&cinema=${CINEMA}`,
};

/** @param ofAFile a token of `CINEMAS_OF_A_FILE` cinemas, for files of records */
export function questionsOf({ days, aDay }: LargeStore, ofAll: OpenConsole, ofAFile: OpenConsole): Question[] {
  /** A past business date, another in each round. */
  const dateIn = (round: number) => dateBefore(1 + (round % (days - 2)));
  const asIs = (path: string) => () => ofAll.ask(path);
  const ofADay = (path: string, more: Record<string, string> | string = {}) => {
    const given = Object.fromEntries(new URLSearchParams(more));
    return (round: number) => ofAll.ask(`${path}?${new URLSearchParams({ businessDate: dateIn(round), ...given })}`);
  };
  const deepInADay = (more: Record<string, string>) => (round: number) => {
    const date = dateIn(round);
    const after = JSON.stringify([addSeconds(businessDay(date).from, 8 * 3600), '', '']);
    return ofAll.ask(`/records.json?${new URLSearchParams({ businessDate: date, after, ...more })}`);
  };
  const span = (length: number) => `since=${dateBefore(length)}&until=${dateBefore(1)}`;
  const ofCinema = { cinema: CINEMA };
  return [
    ['today.json', asIs('/today.json')],
    ['fleet.json, 901 terminals', asIs('/fleet.json')],
    ['accounts.json', asIs('/accounts.json')],
    ['worklist.json', asIs('/worklist.json')],
    ['worklist.json, noted', asIs('/worklist.json?state=noted')],
    ['worklist.json, a cinema’s', asIs(`/worklist.json?cinema=${CINEMA}`)],
    ['outbox.json', asIs('/outbox.json?kind=parked')],
    ['outbox.json, quarantined', asIs('/outbox.json?kind=quarantined')],
    ['audit.json', asIs('/audit.json')],
    ['audit.json, of one operator', asIs('/audit.json?actor=operator-7')],
    ['audit.json, of nobody', asIs('/audit.json?actor=nobody')],
    ['audit.json, deep', asIs(`/audit.json?until=${dateBefore(20)}`)],
    ['records.json, a cinema’s day', ofADay('/records.json', ofCinema)],
    ['records.json, a day of all', ofADay('/records.json')],
    ['records.json, deep in a cinema’s day', deepInADay(ofCinema)],
    ['records.json, deep in a day of all', deepInADay({})],
    ...Object.entries(FILTERS).map(
      ([name, filter]): Question => [`records.json, ${name}`, ofADay('/records.json', filter)],
    ),
    ['record.json', (round) => ofAll.ask(`/record.json?id=${recordId((round * 37_123) % (days * aDay))}`)],
    ...['session', 'cinema', 'screen', 'film', 'account', 'gate'].map(
      (by): Question => [`report.json, a cinema’s by ${by}`, ofADay('/report.json', { ...ofCinema, by })],
    ),
    ...['cinema', 'screen', 'account', 'gate'].map(
      (by): Question => [`report.json, all by ${by}`, ofADay('/report.json', { by })],
    ),
    ['completeness.json, a week of all', asIs(`/completeness.json?${span(7)}`)],
    ['completeness.json, a week of a cinema', asIs(`/completeness.json?${span(7)}&cinema=${CINEMA}`)],
    ['completeness.json, 30 days of a cinema', asIs(`/completeness.json?${span(30)}&cinema=${CINEMA}`)],
    ['report.csv, all by session', ofADay('/report.csv', { by: 'session' })],
    ['report.xlsx, all by session', ofADay('/report.xlsx', { by: 'session' })],
    ...['csv', 'xlsx'].map(
      (format): Question => [
        `records.${format}, a day of ${CINEMAS_OF_A_FILE} cinemas`,
        (round) => ofAFile.ask(`/records.${format}?businessDate=${dateIn(round)}`),
      ],
    ),
  ];
}

function recordId(number: number): string {
  return `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`;
}
