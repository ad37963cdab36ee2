import type { AccountTables, SignedApi } from '@ticket-check/exchange';
import { businessDate, type CinemaCode, parseCinemaCode, wallClockAt } from '@ticket-check/protocol';
import { type Clock, createLruCache, type Logger } from '@ticket-check/runtime';
import { byCinema, coalesce, lookUp, queryOverRows, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { inKeyOrder } from '../imported-rows.ts';
import type { CinemaTables } from './names.ts';

/** Which accounts work in which cinemas. Reading C2. */
export type CinemaActivity = ReturnType<typeof createCinemaActivity>;

type Activity = { cinemaCode: string; username: string; lastActiveOn: string };
type ActivePeriod = { cinemaCode: string; since: string; now: string };

const DAY_MS = 86_400_000;
const COUNTS_DAYS = 30;
const MAX_REMEMBERED = 100_000;

/**
 * Keeps the business date on which each account of role `platform` last worked in each cinema. Each process writes once a
 * day for a pair, batched and outside the request; only the first question of a pair in 30 days waits for its write. Codes
 * of unknown cinemas are ignored.
 */
export function createCinemaActivity(store: Store<CinemaTables & AccountTables>, now: Clock, logger: Logger) {
  // The day on which this process last recorded a pair, and when that is durable.
  const noted = createLruCache<{ day: string; written: Promise<void> }>(MAX_REMEMBERED);

  const write = coalesce(async (activities: Activity[]) => {
    await writeActivities(store, activities);
    return activities.map(() => undefined);
  });

  const activeOf = queryOverRows<CinemaTables & AccountTables, ActivePeriod, { cinemaCode: string; username: string }>(
    { cinemaCode: 'text', since: 'text', now: 'text' },
    ({ db }, given) =>
      db
        .selectFrom(given.as('given'))
        .innerJoin('cinemaActivity', (join) =>
          join
            .onRef('cinemaActivity.cinemaCode', '=', 'given.cinemaCode')
            .onRef('cinemaActivity.lastActiveOn', '>=', 'given.since'),
        )
        .innerJoin('account', 'account.username', 'cinemaActivity.username')
        .select(['cinemaActivity.cinemaCode', 'cinemaActivity.username'])
        .where('account.revokedAt', 'is', null)
        .where((eb) => eb.or([eb('account.expiresAt', 'is', null), eb('account.expiresAt', '>', eb.ref('given.now'))])),
  );

  const load = lookUp(store, activeOf, ({ cinemaCode }) => cinemaCode);
  async function loadActive(cinemaCode: CinemaCode): Promise<ReadonlySet<string>> {
    const at = now();
    const rows = await load({ cinemaCode, since: dayOf(at - COUNTS_DAYS * DAY_MS), now: wallClockAt(at) });
    return new Set(rows.map(({ username }) => username));
  }

  function noteToday(cinemaCode: CinemaCode, username: string): Promise<void> {
    const pair = `${cinemaCode} ${username}`;
    const day = dayOf(now());
    const known = noted.get(pair);
    if (known?.day === day) return known.written;
    const written = write({ cinemaCode, username, lastActiveOn: day });
    noted.set(pair, { day, written });
    written.catch(() => noted.delete(pair));
    return written;
  }

  /** Records in the background that an account asked about tickets of a cinema or reported from it. */
  function note(cinemaCode: CinemaCode, username: string): void {
    noteToday(cinemaCode, username).catch((err: unknown) => {
      logger.error({ err, cinemaCode, username }, 'failed to record account activity in cinema');
    });
  }

  return {
    note,
    /**
     * Records the activity like `note`, and answers whether another valid account was active in the cinema within the last
     * 30 days. Two accounts that ask at the same moment cannot both miss each other.
     */
    async noteAndAsk(cinemaCode: CinemaCode, username: string): Promise<{ shared: boolean }> {
      let active = await loadActive(cinemaCode);
      if (active.has(username)) {
        note(cinemaCode, username);
      } else {
        // Write before reading: of two accounts at the same moment, at least one sees the other.
        await noteToday(cinemaCode, username);
        active = await loadActive(cinemaCode);
      }
      return { shared: active.size > (active.has(username) ? 1 : 0) };
    },
  };
}

async function writeActivities(
  store: Store<CinemaTables & AccountTables>,
  activities: readonly Activity[],
): Promise<void> {
  const latestLast = activities.toSorted((a, b) => (a.lastActiveOn < b.lastActiveOn ? -1 : 1));
  for (const rows of byCinema(store, inKeyOrder(['cinemaCode', 'username'], latestLast))) {
    const given = store.rowsAsTable(rows, { cinemaCode: 'text', username: 'text', lastActiveOn: 'text' });
    await store.db
      .insertInto('cinemaActivity')
      .columns(['cinemaCode', 'username', 'lastActiveOn'])
      .expression((eb) =>
        eb
          .selectFrom(given.as('given'))
          .innerJoin('cinema', 'cinema.cinemaCode', 'given.cinemaCode')
          .select(['given.cinemaCode', 'given.username', 'given.lastActiveOn'])
          // Without it SQLite reads the following `on conflict` as a join.
          .where(sql.lit(true)),
      )
      .onConflict((conflict) =>
        conflict
          .columns(['cinemaCode', 'username'])
          .doUpdateSet((eb) => ({ lastActiveOn: eb.ref('excluded.lastActiveOn') }))
          .whereRef('excluded.lastActiveOn', '>', 'cinemaActivity.lastActiveOn'),
      )
      .execute();
  }
}

function dayOf(epochMs: number): string {
  return businessDate(wallClockAt(epochMs));
}

/**
 * Wraps the Api so that an account whose records were accepted counts as active in the cinema. Empty reports do not count:
 * an idle platform sends them to find out whether this one was restored. Refused ones do not either: a former platform may
 * send them for ever.
 */
export function notingReports(api: SignedApi, activity: Pick<CinemaActivity, 'note'>): SignedApi {
  return {
    ...api,
    async answer(queryData, call) {
      const reply = await api.answer(queryData, call);
      const { CinemaCode, CheckTickets } = queryData;
      const isTaken =
        typeof reply === 'object' && reply !== null && 'ReportResult' in reply && reply.ReportResult === true;
      // An accepted report has a valid CinemaCode.
      if (isTaken && Array.isArray(CheckTickets) && CheckTickets.length > 0)
        activity.note(parseCinemaCode(String(CinemaCode)), call.account.username);
      return reply;
    },
  };
}
