import { type AskedList, cinemaIn, liveList, type PageSet, pathWith, readPart } from '@ticket-check/admin';
import { type KeyCacheTables, loadKeyStatus, loadListedKeys } from '@ticket-check/key-cache';
import { mayOperateFor } from '@ticket-check/operators';
import { parseCinemaCode, wallClockAt } from '@ticket-check/protocol';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { type CinemaTables, createServedCinemas } from '../cinemas/served-cinemas.ts';
import { cinemasInNeed, keyAdvice, keyAdviceJson } from './key-advice.ts';

const PATH = '/cinemas';
const CINEMAS_A_PART = 50;

/**
 * Shows the cinemas that are served and their public keys. Keys are added and changed only by upstream. Scheme 5.2.2, 5.2.6;
 * readings K3, K5.
 */
export function cinemasPages(store: Store<CinemaTables & KeyCacheTables>, now: Clock): PageSet {
  const reading = { db: store.reports };
  const served = createServedCinemas(reading);

  /** By code, in pages: `Next` asks for the next one. `wrong=1`: only those with a problem. */
  async function list(request: AskedList): Promise<object> {
    const { query, cinemaCodes } = request;
    const cinema = cinemaIn(request);
    const after = readPart(query, 'after', parseCinemaCode);
    const isWrongAlone = query.get('wrong') === '1';
    const at = now();
    const listed = isWrongAlone
      ? (await cinemasInNeed(store, at)).map(({ cinemaCode }) => cinemaCode)
      : await served.list();
    const all = listed.filter(
      (code) => mayOperateFor({ cinemaCodes }, code) && (cinema === undefined || code === cinema),
    );
    const asked = all.filter((code) => after === undefined || code > after);
    const part = asked.slice(0, CINEMAS_A_PART);
    const statuses = new Map((await loadKeyStatus(reading, part)).map((status) => [status.cinemaCode, status]));
    const keys = Map.groupBy(await loadListedKeys(reading, part), ({ cinemaCode }) => cinemaCode);
    const shown = part.map((cinemaCode) => {
      const status = statuses.get(cinemaCode) ?? null;
      const ofCinema = keys.get(cinemaCode) ?? [];
      const { fetchedAt = null, attemptedAt = null } = status ?? {};
      return {
        CinemaCode: cinemaCode,
        Advice: keyAdvice(status, ofCinema, at).map(keyAdviceJson),
        FetchedAt: fetchedAt === null ? null : wallClockAt(fetchedAt),
        AgeSeconds: fetchedAt === null ? null : Math.round((at - fetchedAt) / 1000),
        AttemptedAt: attemptedAt === null ? null : wallClockAt(attemptedAt),
        Keys: ofCinema
          .filter(({ isCurrent }) => isCurrent)
          .map(({ fingerprint, startTime }) => ({ Fingerprint: fingerprint, StartTime: startTime })),
        FormerKeys: ofCinema.filter(({ isCurrent }) => !isCurrent).length,
      };
    });
    const filter = { cinema, wrong: isWrongAlone ? '1' : undefined };
    return {
      Cinemas: shown,
      Next: asked.length > part.length ? pathWith(`${PATH}.json`, { ...filter, after: part.at(-1) }) : null,
    };
  }

  return {
    name: 'cinemas',
    screens: [{ path: PATH, permission: 'cinemas.read', label: { zh: '影院与公钥', en: 'Cinemas and keys' } }],
    json: [{ path: `${PATH}.json`, permission: 'cinemas.read', handler: list }],
    live: [liveList('cinemas', 'cinemas.read', list)],
  };
}
