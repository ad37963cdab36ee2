import { type AskedList, assertLive, DataRefused, dateIn, type PageSet, runBounded } from '@ticket-check/admin';
import { type CheckRecordTables, countDay } from '@ticket-check/check-records';
import { type AccountTables, createAccounts } from '@ticket-check/exchange';
import { mayOperateFor } from '@ticket-check/operators';
import { type BusinessDate, businessDay, type CinemaCode, wallClockAt } from '@ticket-check/protocol';
import { type Clock, createConcurrencyLimit } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { CinemaTables } from '../cinemas/names.ts';
import type { TicketTables } from '../tickets/write-tickets.ts';
import { loadSoldSessions } from './sold-tickets.ts';

const PATH = '/platforms';
/** Each answer counts a day's records. */
const UNDER_WAY = { perOwner: 2, inAll: 4 };
/** The most cinemas whose tickets of a day are counted too. */
const MAX_CINEMAS = 50;

/** Counting a day's records is expensive: once for all viewers. */
const LIVE_EVERY_MS = 30_000;

type Counts = { entries: number; quarantined: number; doubles: number };

/**
 * The platforms with accounts here, and what each sent for a business date. What is missing shows by cinema, as tickets sold
 * beside tickets entered: the national platform learns of entries only by check records.
 */
export function platformsPages(
  store: Store<AccountTables & CheckRecordTables & CinemaTables & TicketTables>,
  now: Clock,
): PageSet {
  const accounts = createAccounts(store, now);
  const underWay = createConcurrencyLimit(UNDER_WAY);

  async function list({ query, cinemaCodes }: AskedList, signal?: AbortSignal): Promise<object> {
    const date = dateIn(query, now);
    const name = query.get('platform')?.trim() ?? '';
    const asked = cinemaCodes === 'all' ? undefined : (cinemaCodes as readonly CinemaCode[]);
    const counts = new Map<string, Map<CinemaCode, Counts>>();
    for (const line of await countDay(store, { date, by: 'account', cinemaCode: asked, signal })) {
      const ofAccount = counts.get(line.account) ?? new Map<CinemaCode, Counts>();
      counts.set(line.account, ofAccount);
      ofAccount.set(line.cinemaCode, line);
    }
    const activity = Map.groupBy(
      (await store.reports.selectFrom('cinemaActivity').selectAll().orderBy('cinemaCode').execute()).filter(
        ({ cinemaCode }) => mayOperateFor({ cinemaCodes }, cinemaCode),
      ),
      ({ username }) => username,
    );
    const platforms = (await accounts.list()).filter(
      ({ username, role }) =>
        role === 'platform' &&
        (name === '' || username === name) &&
        // An operator limited to some cinemas sees the platforms that work there.
        (cinemaCodes === 'all' || activity.has(username) || counts.has(username)),
    );
    if (name !== '' && platforms.length === 0) throw new DataRefused('no-platform', 'There is no such platform.', 404);
    return {
      BusinessDate: date,
      Platforms: platforms.map(({ username, createdAt, expiresAt, revokedAt, boundTo }) => {
        const ofCinemas = [...(counts.get(username)?.values() ?? [])];
        const sum = (count: keyof Counts) => ofCinemas.reduce((all, one) => all + one[count], 0);
        const active = activity.get(username) ?? [];
        return {
          Username: username,
          CreatedAt: createdAt,
          ExpiresAt: expiresAt,
          RevokedAt: revokedAt,
          LastHeardAt: boundTo === null ? null : wallClockAt(boundTo.seenAt),
          LastActiveOn:
            active
              .map(({ lastActiveOn }) => lastActiveOn)
              .sort()
              .at(-1) ?? null,
          Cinemas: active.length,
          Entries: sum('entries'),
          Quarantined: sum('quarantined'),
          Doubles: sum('doubles'),
        };
      }),
      ...(name !== '' && { Cinemas: await cinemasOf(date, activity.get(name) ?? [], counts.get(name)) }),
      Next: null,
    };
  }

  /** Loads what one platform sent for each of its cinemas, beside the tickets sold there. */
  async function cinemasOf(
    date: BusinessDate,
    active: readonly { cinemaCode: string; lastActiveOn: string }[],
    counts: ReadonlyMap<CinemaCode, Counts> | undefined,
  ) {
    const lastActive = new Map(active.map(({ cinemaCode, lastActiveOn }) => [cinemaCode, lastActiveOn]));
    const codes = [...new Set([...lastActive.keys(), ...(counts?.keys() ?? [])])].sort() as CinemaCode[];
    const sessions = Map.groupBy(
      await loadSoldSessions(store, codes.slice(0, MAX_CINEMAS), businessDay(date)),
      ({ cinemaCode }) => cinemaCode,
    );
    return codes.map((cinemaCode, index) => {
      const ofCinema = sessions.get(cinemaCode) ?? [];
      const sum = (count: 'sold' | 'refunded' | 'entered') => ofCinema.reduce((all, one) => all + one[count], 0);
      const isCounted = index < MAX_CINEMAS;
      return {
        CinemaCode: cinemaCode,
        LastActiveOn: lastActive.get(cinemaCode) ?? null,
        Entries: counts?.get(cinemaCode)?.entries ?? 0,
        Quarantined: counts?.get(cinemaCode)?.quarantined ?? 0,
        Doubles: counts?.get(cinemaCode)?.doubles ?? 0,
        // Over all platforms that work there.
        Sold: isCounted ? sum('sold') : null,
        Refunded: isCounted ? sum('refunded') : null,
        Entered: isCounted ? sum('entered') : null,
      };
    });
  }

  return {
    name: 'platforms',
    screens: [{ path: PATH, permission: 'cinemas.read', label: { zh: '检票平台', en: 'Platforms' } }],
    json: [
      {
        path: `${PATH}.json`,
        permission: 'cinemas.read',
        handler: (request) => runBounded(underWay, request.actor, () => list(request, request.signal)),
      },
    ],
    live: [
      {
        name: 'platforms',
        permission: 'cinemas.read',
        everyMs: LIVE_EVERY_MS,
        async read(request) {
          assertLive(request.query, now, ['platform']);
          return list(request, request.signal);
        },
      },
    ],
  };
}
