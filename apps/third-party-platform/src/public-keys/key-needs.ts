import { type KeyCacheTables, loadKeyStatus, loadListedKeys } from '@ticket-check/key-cache';
import { mayOperateFor, type Operator } from '@ticket-check/operators';
import type { CinemaCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { CinemaTables } from '../cinemas/cinema-tables.ts';
import { createServedCinemas } from '../cinemas/served-cinemas.ts';
import { type KeyAdvice, keyAdvice } from './key-advice.ts';

/** Of how many cinemas something is wrong with the public keys, and of how many no ticket can be checked. */
export type KeyNeeds = { readonly count: number; readonly unusable: number };

/** A cinema with whose public keys something is wrong, the worst first. */
export type CinemaInNeed = { readonly cinemaCode: CinemaCode; readonly advice: readonly KeyAdvice[] };

const CINEMAS_A_QUERY = 500;

/** The served cinemas with whose keys something is wrong; reads only keys in use, by the connection of reports. Reading K5. */
export async function cinemasInNeed(store: Store<CinemaTables & KeyCacheTables>, now: number): Promise<CinemaInNeed[]> {
  const reading = { db: store.reports };
  const served = await createServedCinemas(reading).list();
  const statuses = new Map((await loadKeyStatus(reading)).map((status) => [status.cinemaCode, status]));
  const found: CinemaInNeed[] = [];
  for (let from = 0; from < served.length; from += CINEMAS_A_QUERY) {
    const part = served.slice(from, from + CINEMAS_A_QUERY);
    const keys = Map.groupBy(await loadListedKeys(reading, part, { inUse: true }), ({ cinemaCode }) => cinemaCode);
    for (const cinemaCode of part) {
      const advice = keyAdvice(statuses.get(cinemaCode) ?? null, keys.get(cinemaCode) ?? [], now);
      if (advice.length > 0) found.push({ cinemaCode, advice });
    }
  }
  return found;
}

/** Counts them for an operator of these cinemas. */
export function countCinemas(found: readonly CinemaInNeed[], cinemaCodes: Operator['cinemaCodes']): KeyNeeds {
  const mine = found.filter(({ cinemaCode }) => mayOperateFor({ cinemaCodes }, cinemaCode));
  const isUnusable = ({ code }: KeyAdvice) => code === 'never-came' || code === 'none-in-force';
  return { count: mine.length, unusable: mine.filter(({ advice }) => advice.some(isUnusable)).length };
}
