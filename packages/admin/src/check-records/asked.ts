import type { AskedCinemas } from '@ticket-check/check-records';
import { mayOperateFor, type Operator } from '@ticket-check/operators';
import {
  type BusinessDate,
  businessDate,
  type CinemaCode,
  parseCinemaCode,
  parseWholeDay,
  wallClockAt,
} from '@ticket-check/protocol';
import { z } from 'zod';
import { readPart } from '../asked.ts';
import type { JsonRequest } from '../page.ts';
import { DataRefused, PageError } from '../sent-texts.ts';

type Query = JsonRequest['query'];

const LONGEST_TEXT = 128;

/** A name that others chose. */
export function parseName(text: string): string {
  if (text.length > LONGEST_TEXT) throw new Error(`has at most ${LONGEST_TEXT} characters`);
  return text;
}

export function oneOf<Word extends string>(words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((known) => known === text);
    if (word === undefined) throw new Error(`is one of ${words.join(', ')}`);
    return word;
  };
}

/** Reads a text of what a screen sends by a parser of the scheme. */
export const textOf = <T>(parse: (text: string) => T) =>
  z.string().transform((text, ctx) => {
    try {
      return parse(text);
    } catch {
      ctx.addIssue({ code: 'custom', message: 'is not in form' });
      return z.NEVER;
    }
  });

/** The cinema that something is done for; null for all that are the operator's. */
export const cinemaOrAll = z.strictObject({ CinemaCode: textOf(parseCinemaCode).nullable() });

/**
 * The cinemas that something is done for; undefined if these are all there are.
 * @throws PageError `forbidden`
 */
export function cinemasActedOn({ CinemaCode }: z.output<typeof cinemaOrAll>, operator: Operator): AskedCinemas {
  if (CinemaCode !== null && !mayOperateFor(operator, CinemaCode)) throw new PageError('forbidden');
  if (CinemaCode !== null) return [CinemaCode];
  return operator.cinemaCodes === 'all' ? undefined : operator.cinemaCodes.map((code) => parseCinemaCode(code));
}

/** A business date of the query, by default that of today. */
export function dateIn(query: Query, now: () => number, name = 'businessDate'): BusinessDate {
  return readPart(query, name, parseWholeDay) ?? businessDate(wallClockAt(now()));
}

/**
 * Restricts a live topic to the current business date and to what an index covers, because it is read again as long as
 * somebody subscribes.
 * @throws DataRefused `not-live`
 */
export function assertLive(query: Query, now: () => number, parts: readonly string[]): void {
  const other = [...query.keys()].find((name) => name !== 'businessDate' && !parts.includes(name));
  const isOfToday = dateIn(query, now) === businessDate(wallClockAt(now()));
  if (other === undefined && isOfToday) return;
  const what = other ?? 'Another business date than that of today';
  throw new DataRefused('not-live', `${what} has no live updates: ask for the JSON.`);
}

export function among(asked: AskedCinemas, known: readonly CinemaCode[]): CinemaCode[] {
  if (typeof asked === 'string') return [asked];
  return asked === undefined ? [...known] : known.filter((code) => asked.includes(code));
}
