import { mayOperateFor } from '@ticket-check/operators';
import { businessDate, type CinemaCode, parseCinemaCode, parseWholeDay, wallClockAt } from '@ticket-check/protocol';
import { z } from 'zod';
import type { JsonRequest } from './page.ts';
import { DataRefused, PageError } from './sent-texts.ts';

/** A part of a query, read by a parser of the scheme; undefined without it. @throws DataRefused `bad-<name>` */
export function readPart<T>(query: JsonRequest['query'], name: string, parse: (text: string) => T): T | undefined {
  const text = query.get(name)?.trim() ?? '';
  if (text === '') return undefined;
  try {
    return parse(text);
  } catch (error) {
    throw new DataRefused(`bad-${name}`, `${name}: ${error instanceof Error ? error.message : error}.`);
  }
}

/** The position of a page of a list, from its `Next` under `after`; null for the first page. @throws PageError `bad-input` */
export function readPlace<T>(query: JsonRequest['query'], place: z.ZodType<T>): T | null {
  const text = query.get('after');
  if (text === undefined) return null;
  try {
    return place.parse(JSON.parse(text));
  } catch {
    throw new PageError('bad-input');
  }
}

/** Reads the cinema of a query; undefined without one. @throws DataRefused; PageError `forbidden` to an operator of others */
export function cinemaIn({ query, cinemaCodes }: Pick<JsonRequest, 'query' | 'cinemaCodes'>): CinemaCode | undefined {
  const cinema = readPart(query, 'cinema', parseCinemaCode);
  if (cinema !== undefined && !mayOperateFor({ cinemaCodes }, cinema)) throw new PageError('forbidden');
  return cinema;
}

/** The cinemas whose data are asked for: `cinema`, or all that the operator may see. @throws as `cinemaIn` */
export const cinemasIn = (
  request: Pick<JsonRequest, 'query' | 'cinemaCodes'>,
): CinemaCode | JsonRequest['cinemaCodes'] => cinemaIn(request) ?? request.cinemaCodes;

/** Whether something is of these cinemas only, so that everything about it belongs to one of them. */
export const isOfNoOther = (of: readonly string[] | 'all', cinemas: readonly string[] | 'all'): boolean =>
  cinemas === 'all' || (of !== 'all' && of.length > 0 && of.every((code) => cinemas.includes(code)));

export function pathWith(path: string, asked: Readonly<Record<string, string | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, text] of Object.entries(asked)) if (text !== undefined && text !== '') query.set(name, text);
  return query.size === 0 ? path : `${path}?${query}`;
}

const LONGEST_TEXT = 128;

export function parseName(text: string): string {
  if (text.length > LONGEST_TEXT) throw new Error(`has at most ${LONGEST_TEXT} characters`);
  return text;
}

/** Reads a text of what a screen sends by a parser of the scheme. */
export const textOf = <T>(parse: (text: string) => T) =>
  z.string().transform((text, ctx) => {
    try {
      return parse(text);
    } catch (error) {
      ctx.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is not in form' });
      return z.NEVER;
    }
  });

/**
 * Restricts a live topic to the current business date and to what an index covers, because it is read again as long as
 * somebody subscribes.
 * @throws DataRefused `not-live`
 */
export function assertLive(query: JsonRequest['query'], now: () => number, parts: readonly string[]): void {
  const other = [...query.keys()].find((name) => name !== 'businessDate' && !parts.includes(name));
  const today = businessDate(wallClockAt(now()));
  const isOfToday = (readPart(query, 'businessDate', parseWholeDay) ?? today) === today;
  if (other === undefined && isOfToday) return;
  const what = other ?? 'Another business date than that of today';
  throw new DataRefused('not-live', `${what} has no live updates: ask for the JSON.`);
}

export const LONGEST_REASON = 500;
