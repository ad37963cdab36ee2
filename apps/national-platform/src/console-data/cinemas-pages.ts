import { type AskedList, cinemaFilter, list, type PageSet, type Reading, serveList } from '@ticket-check/admin';
import { column, columns } from '@ticket-check/check-records';
import { elementsJson } from '@ticket-check/protocol';
import { pageOf, type Store } from '@ticket-check/storage';
import { z } from 'zod';
import type { CinemaTables } from '../cinemas/names.ts';
import type { PublicKeyTables } from '../public-keys/cinema-keys.ts';
import { CINEMA_ROW, type CinemaRow } from './rows.ts';

type CinemaStore = Store<CinemaTables & PublicKeyTables>;

/**
 * The imported cinemas by code, with their public keys and the platforms that work there. Read-only: keys are imported by data
 * sources. Scheme 6.6.1.
 */
const cinemas = list({
  name: 'cinemas',
  rowsName: 'Cinemas',
  title: { zh: '影院与公钥', en: 'Cinemas and keys' },
  permission: 'cinemas.read',
  filters: { cinema: cinemaFilter },
  row: CINEMA_ROW,
  place: z.string(),
  rowsAPage: 50,
  async find(store: CinemaStore, { cinemas: permitted, after, limit }) {
    if (permitted !== 'all' && permitted.length === 0) return { rows: [], next: null };
    const found = await store.reports
      .selectFrom('cinema')
      .select(['cinemaCode', 'cinemaName'])
      .$if(permitted !== 'all', (query) => query.where('cinemaCode', 'in', permitted as readonly string[]))
      .$if(after !== null, (query) => query.where('cinemaCode', '>', after ?? ''))
      .orderBy('cinemaCode')
      .limit(limit + 1)
      .execute();
    const { page, next } = pageOf(found, limit, ({ cinemaCode }) => cinemaCode);
    const codes = page.map(({ cinemaCode }) => cinemaCode);
    if (codes.length === 0) return { rows: [], next: null };
    const [keys, platforms] = await Promise.all([keysOf(store, codes), platformsOf(store, codes)]);
    const rows = page.map(({ cinemaCode, cinemaName }) => ({
      CinemaCode: cinemaCode,
      CinemaName: cinemaName,
      Keys: (keys.get(cinemaCode) ?? []).map((key) => elementsJson(key, 'Fingerprint', 'StartTime')),
      Platforms: (platforms.get(cinemaCode) ?? []).map((one) => elementsJson(one, 'Username', 'LastActiveOn')),
    }));
    return { rows, next };
  },
  file: {
    columns: () => [
      ...columns('CinemaCode', 'CinemaName'),
      { ...column('Keys', '公钥', 'Public keys'), of: (row) => (row as CinemaRow).Keys.length },
      {
        ...column('KeyFrom', '最新公钥启用', 'Newest key from'),
        of: (row) => (row as CinemaRow).Keys[0]?.StartTime,
      },
      {
        ...column('Platforms', '检票平台', 'Platforms'),
        of: (row) => (row as CinemaRow).Platforms.map(({ Username }) => Username),
      },
      {
        ...column('LastActiveOn', '最近检票的营业日', 'Last checked on'),
        of: (row) => (row as CinemaRow).Platforms[0]?.LastActiveOn,
      },
    ],
  },
});

async function namesOf({ reports }: CinemaStore, cinemaCodes: AskedList['cinemaCodes']) {
  if (cinemaCodes.length === 0) return [];
  const found = await reports
    .selectFrom('cinema')
    .select(['cinemaCode', 'cinemaName'])
    .$if(cinemaCodes !== 'all', (some) => some.where('cinemaCode', 'in', cinemaCodes as readonly string[]))
    .orderBy('cinemaCode')
    .execute();
  return found.map(({ cinemaCode, cinemaName }) => [cinemaCode, cinemaName] as const);
}

/** Loads keys, newest start first; a cinema has a bounded number of them. */
async function keysOf({ reports }: CinemaStore, cinemaCodes: readonly string[]) {
  const rows = await reports
    .selectFrom('publicKey')
    .select(['cinemaCode', 'fingerprint', 'startTime'])
    .where('cinemaCode', 'in', cinemaCodes)
    .orderBy('cinemaCode')
    .orderBy('startTime', 'desc')
    .execute();
  return Map.groupBy(rows, ({ cinemaCode }) => cinemaCode);
}

async function platformsOf({ reports }: CinemaStore, cinemaCodes: readonly string[]) {
  const rows = await reports
    .selectFrom('cinemaActivity')
    .selectAll()
    .where('cinemaCode', 'in', cinemaCodes)
    .orderBy('cinemaCode')
    .orderBy('lastActiveOn', 'desc')
    .orderBy('username')
    .execute();
  return Map.groupBy(rows, ({ cinemaCode }) => cinemaCode);
}

export const cinemasPages = (store: CinemaStore, reading: Reading): PageSet => ({
  name: 'cinemas',
  screens: [{ path: '/cinemas', permission: 'cinemas.read', label: cinemas.title }],
  ...serveList(cinemas, store, reading),
  names: [{ kind: 'cinema', permission: 'records.read', names: (of) => namesOf(store, of) }],
});
