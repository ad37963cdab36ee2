import { createHash, randomInt } from 'node:crypto';
import {
  type CinemaCode,
  type FilmRow,
  parseCinemaCode,
  parseFilmCode,
  parseScreenCode,
  type WallClock,
} from '@ticket-check/protocol';
import type { BoxOffice, Screen, SeatStyle } from './box-office.ts';
import { makeUkey, type Ukey } from './ukeys/ukey.ts';

const NAME = '星河影城(朝阳店)';
const FILM_NAMES = ['长江夜航', '雪线以北', '茉莉与鲸', '第九放映厅'];
const PROVINCES = ['11', '31', '32', '33', '37', '42', '44', '51'];
const SCREENS = 3;
const SEAT_STYLES: readonly SeatStyle[] = ['number', 'marked', 'letters'];

export type MakeBoxOfficeOptions = {
  now: WallClock;
  random?: Random;
  /** 8 characters; by default eight digits that begin with a province's number. */
  cinemaCode?: CinemaCode;
  cinemaName?: string;
  /** A Ukey that exists already; otherwise a new one is made that is in use from now on. */
  ukey?: Ukey;
};

/** Makes a cinema with a Ukey, screens and films, in codes as they are met in the field; sessions come afterwards. */
export function makeBoxOffice(options: MakeBoxOfficeOptions): BoxOffice {
  const { now, random = systemRandom } = options;
  const province = PROVINCES[random(PROVINCES.length)];
  const cinemaCode = options.cinemaCode ?? parseCinemaCode(`${province}${digits(random, 6)}`);
  return {
    format: 1,
    cinema: { cinemaCode, cinemaName: options.cinemaName ?? NAME },
    screens: Array.from({ length: SCREENS }, (_, index) => makeScreen(cinemaCode, index)),
    films: makeFilms(random, now),
    ukeys: [options.ukey ?? makeUkey(now)],
    sessions: [],
    tickets: [],
    refunds: [],
    fed: { generation: null, cinemas: 0, screens: 0, films: 0, publicKeys: 0, tickets: 0, refunds: 0 },
  };
}

function makeScreen(cinemaCode: CinemaCode, index: number): Screen {
  const number = index + 1;
  return {
    screenCode: parseScreenCode(`${cinemaCode}${String(number).padStart(8, '0')}`),
    screenName: number === 2 ? `${number}号巨幕厅` : `${number}号厅`,
    rows: 8 + (index % 5),
    columns: 12 + (index % 7),
    seatStyle: SEAT_STYLES[index % SEAT_STYLES.length] ?? 'number',
  };
}

/** 3 digits of the country, 1 of the medium, 4 of a serial number, 4 of the year: `001102582019`. */
function makeFilms(random: Random, now: WallClock): FilmRow[] {
  const firstSerial = random(9000);
  return FILM_NAMES.map((filmName, index) => {
    const serial = String(firstSerial + index + 1).padStart(4, '0');
    return { filmCode: parseFilmCode(`0011${serial}${now.slice(0, 4)}`), filmName };
  });
}

/** A source of whole numbers from 0 up to, not including, `below` (at most 2^32). */
export type Random = (below: number) => number;

export const systemRandom: Random = (below) => randomInt(below);

/** The same numbers for the same seed, so that a run can be repeated. For tests and demos only. */
export function seededRandom(seed: string): Random {
  let drawn = 0;
  return (below) => {
    const digest = createHash('sha256').update(`${seed}#${drawn}`).digest();
    drawn += 1;
    // 64 bits leave no bias worth speaking of.
    return Number(digest.readBigUInt64BE() % BigInt(below));
  };
}

export function digits(random: Random, length: number): string {
  return Array.from({ length }, () => random(10)).join('');
}
