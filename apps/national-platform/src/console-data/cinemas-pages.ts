import { type AskedList, cinemaIn, liveList, type PageSet, pathWith, readPart } from '@ticket-check/admin';
import { type CinemaCode, parseCinemaCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { CinemaTables } from '../cinemas/names.ts';
import type { PublicKeyTables } from '../public-keys/cinema-keys.ts';

const PATH = '/cinemas';
const CINEMAS_A_PART = 50;

/**
 * The imported cinemas, with their public keys and the platforms that work there. Read-only: keys are imported by data sources.
 * Scheme 6.6.1.
 */
export function cinemasPages(store: Store<CinemaTables & PublicKeyTables>): PageSet {
  /** Lists cinemas by code, page by page: `Next` asks for the next page. */
  async function list(request: AskedList): Promise<object> {
    const { query, cinemaCodes } = request;
    const cinema = cinemaIn(request);
    const after = readPart(query, 'after', parseCinemaCode);
    const permitted = cinema === undefined ? cinemaCodes : [cinema];
    if (permitted !== 'all' && permitted.length === 0) return { Cinemas: [], Next: null };
    const found = await store.reports
      .selectFrom('cinema')
      .select(['cinemaCode', 'cinemaName'])
      .$if(permitted !== 'all', (cinemas) => cinemas.where('cinemaCode', 'in', permitted as readonly string[]))
      .$if(after !== undefined, (cinemas) => cinemas.where('cinemaCode', '>', after ?? ''))
      .orderBy('cinemaCode')
      .limit(CINEMAS_A_PART + 1)
      .execute();
    const cinemas = found.slice(0, CINEMAS_A_PART);
    const codes = cinemas.map(({ cinemaCode }) => cinemaCode as CinemaCode);
    const [keys, platforms] = await Promise.all([keysOf(codes), platformsOf(codes)]);
    const last = found.length > CINEMAS_A_PART ? codes.at(-1) : undefined;
    return {
      Cinemas: cinemas.map(({ cinemaCode, cinemaName }) => ({
        CinemaCode: cinemaCode,
        CinemaName: cinemaName,
        Keys: (keys.get(cinemaCode) ?? []).map(({ fingerprint, startTime }) => ({
          Fingerprint: fingerprint,
          StartTime: startTime,
        })),
        Platforms: (platforms.get(cinemaCode) ?? []).map(({ username, lastActiveOn }) => ({
          Username: username,
          LastActiveOn: lastActiveOn,
        })),
      })),
      Next: last === undefined ? null : pathWith(`${PATH}.json`, { after: last }),
    };
  }

  /** Loads keys, newest start first; a cinema has a bounded number of them. */
  async function keysOf(cinemaCodes: readonly CinemaCode[]) {
    if (cinemaCodes.length === 0) return new Map<string, never[]>();
    const rows = await store.reports
      .selectFrom('publicKey')
      .select(['cinemaCode', 'fingerprint', 'startTime'])
      .where('cinemaCode', 'in', cinemaCodes)
      .orderBy('cinemaCode')
      .orderBy('startTime', 'desc')
      .execute();
    return Map.groupBy(rows, ({ cinemaCode }) => cinemaCode);
  }

  async function platformsOf(cinemaCodes: readonly CinemaCode[]) {
    if (cinemaCodes.length === 0) return new Map<string, never[]>();
    const rows = await store.reports
      .selectFrom('cinemaActivity')
      .selectAll()
      .where('cinemaCode', 'in', cinemaCodes)
      .orderBy('cinemaCode')
      .orderBy('lastActiveOn', 'desc')
      .orderBy('username')
      .execute();
    return Map.groupBy(rows, ({ cinemaCode }) => cinemaCode);
  }

  return {
    name: 'cinemas',
    screens: [{ path: PATH, permission: 'cinemas.read', label: { zh: '影院与公钥', en: 'Cinemas and keys' } }],
    json: [{ path: `${PATH}.json`, permission: 'cinemas.read', handler: list }],
    live: [liveList('cinemas', 'cinemas.read', list)],
  };
}
