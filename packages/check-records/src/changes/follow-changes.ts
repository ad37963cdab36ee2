import type { Upstream, WatchedConnection } from '@ticket-check/exchange';
import {
  APIS,
  addSeconds,
  type CinemaCode,
  listChangesQueryJson,
  MAX_RECORDS,
  REPLY_BOUNDS,
  readChangesPage,
  type TicketChange,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import { createTables, type Store, withTables } from '@ticket-check/storage';
import { type Kysely, sql } from 'kysely';
import { cinemasText } from './change-tables.ts';

/** One row: how far the changes of the platform above were read. */
export type FollowedTables = {
  followedChanges: {
    id: number;
    /** For which cinemas, and the platform's cursor; empty before the first page, and where the list is to be read from its beginning. */
    cursor: string;
    /** Up to when all is known; null if nothing was read to its end yet. */
    asOf: string | null;
    /** When they were last read to their end, by the clock here, epoch milliseconds; 0 if they never were. */
    heardAt: number;
  };
};

export const followedMigrations = createTables<FollowedTables>(
  sql`create table followed_changes (id bigint primary key, cursor text not null, as_of text, heard_at bigint not null)`,
  sql`insert into followed_changes (id, cursor, as_of, heard_at) values (1, '', null, 0)`,
);

/** A refund is known here within so long after the platform above knows of it. */
const EVERY_MS = 10_000;
const TIMEOUT_MS = 5000;
/** A platform that does not keep up is asked less often. */
const LONGEST_MS = 60_000;

type Reader<DB extends FollowedTables> = {
  store: Store<DB>;
  connection: Pick<WatchedConnection, 'upstream' | 'isReachable' | 'onAnnounced'>;
  cinemas: () => Promise<readonly CinemaCode[] | 'all'>;
  /** Keeps changes, in the transaction that keeps how far they were read. The same ones may come again. */
  keep: (trx: Kysely<DB>, changes: readonly TicketChange[]) => Promise<void>;
  countKept: () => Promise<number>;
  /** Forgets what holds only for as long as the same list is followed, in the transaction that notes that it is not. */
  forget?: (trx: Kysely<DB>) => Promise<void>;
};

/**
 * Follows ListChanges of the platform above, in one process, where it is announced. It asks for all that the account may see, so that a
 * lost cinema blocks no other, and keeps the changes of the caller's cinemas, within bounds (`REPLY_BOUNDS`). If the cinemas or the
 * platform's data changed, it starts over; known changes stay, except those that `forget` deletes. Extension `changes`; reading X9.
 */
export function followChanges<DB extends FollowedTables>(service: Service, reader: Reader<DB>) {
  const { store, connection, keep, countKept, forget } = reader;
  const { logger, now } = service;
  // The package knows its own table, and not those that `keep` writes.
  const followed: Store<FollowedTables> = withTables(store);
  let isFailing = false;
  let isOfAnother = false;
  /** At least this many are stored; null before they were counted. */
  let kept: number | null = null;

  const load = () => followed.db.selectFrom('followedChanges').selectAll().executeTakeFirstOrThrow();

  async function keepCursor(trx: Kysely<FollowedTables>, row: Partial<FollowedTables['followedChanges']>) {
    await trx.updateTable('followedChanges').set(row).execute();
  }

  async function hasRoomFor(more: number, cinemas: readonly CinemaCode[] | 'all'): Promise<boolean> {
    const { changesACinema, changesOfAll } = REPLY_BOUNDS;
    const most = cinemas === 'all' ? changesOfAll : changesACinema * cinemas.length;
    if (kept === null || kept + more > most) kept = await countKept();
    return more === 0 || kept + more <= most;
  }

  const noteBeginning = () =>
    store.transaction(async (trx) => {
      await forget?.(trx);
      await keepCursor(withTables(trx), { cursor: '', asOf: null });
    });

  /** Leaves a list that is beyond its bounds where it is: what was read stays, and the next run goes on from there. */
  function refuse(peer: Upstream, detail: string): 'back-off' {
    peer.noteFault({ kind: 'unusable-reply', subject: APIS.listChanges, detail: `the list of changes ${detail}` });
    return 'back-off';
  }

  async function run(stopping: AbortSignal): Promise<'done' | 'back-off'> {
    const peer = await connection.upstream();
    const isOffered = peer?.extensions().has('changes') ?? false;
    const cinemas = await reader.cinemas();
    const scope = cinemasText(cinemas);
    // The hash of the cinemas holds no space, nor does "all".
    const [readFor, ...before] = (await load()).cursor.split(' ');
    let cursor = before.join(' ');
    if (isOfAnother || (cursor !== '' && (readFor !== scope || (!isOffered && peer?.hasAnswered())))) {
      await noteBeginning();
      isOfAnother = false;
      cursor = '';
    }
    if (peer === null || !isOffered || !connection.isReachable()) return 'done';
    let hasBegunAgain = cursor === '';
    const concerns = concerning(cinemas, now());
    for (let pages = 0; !stopping.aborted; pages += 1) {
      if (pages === REPLY_BOUNDS.pagesARun) return refuse(peer, `holds more than ${pages} pages`);
      const query = listChangesQueryJson({ cinemaCodes: null, cursor, limit: MAX_RECORDS });
      const asked = { read: readChangesPage, timeoutMs: TIMEOUT_MS, priority: 'background', idempotent: true } as const;
      const outcome = await peer.call(APIS.listChanges, query, asked);
      const page = outcome.kind === 'delivered' ? outcome.reply : null;
      const isUnknown = page === 'begin-again' || (outcome.kind === 'rejected' && outcome.code === 'INVALID_QUERY');
      if (isUnknown && !hasBegunAgain) {
        logger.info('reading all changes again: platform has other data');
        hasBegunAgain = true;
        cursor = '';
        await noteBeginning();
        continue;
      }
      if (page === null || page === 'begin-again') {
        const refused = { code: 'CURSOR_UNKNOWN', message: 'it refuses an empty cursor too' };
        const { code, message: reason } = outcome.kind === 'delivered' ? refused : outcome;
        if (!isFailing) logger.warn({ code, reason }, 'failed to follow changes of the platform above');
        isFailing = true;
        return 'back-off';
      }
      if (page.more && page.cursor === cursor) return refuse(peer, 'goes on at the cursor where it was');
      const changes = page.changes.filter(concerns);
      if (!(await hasRoomFor(changes.length, cinemas)))
        return refuse(peer, `holds more changes than are kept: ${kept}`);
      kept = (kept ?? 0) + changes.length;
      await store.transaction(async (trx) => {
        if (changes.length > 0) await keep(trx, changes);
        await keepCursor(withTables(trx), {
          cursor: `${scope} ${page.cursor}`,
          ...(!page.more && { asOf: page.asOf, heardAt: now() }),
        });
      });
      if (isFailing) logger.info('following changes of the platform above again');
      isFailing = false;
      if (!page.more) return 'done';
      cursor = page.cursor;
    }
    return 'done';
  }

  const job = service.job({
    name: 'follow changes',
    runs: 'in one process',
    ...{ everyMs: EVERY_MS, jitterMs: EVERY_MS / 2, longestMs: LONGEST_MS, firstWithinMs: EVERY_MS / 2 },
    run,
  });
  // What a platform speaks is known from its first answer; another generation of its data is another list.
  connection.onAnnounced(() => void job.trigger());
  // Scans go on without it, so health shows it and is not degraded by it.
  service.check({
    name: 'changes',
    async run() {
      const { asOf, heardAt } = await load();
      const peer = await connection.upstream();
      return {
        ok: true,
        offered: peer?.extensions().has('changes') ?? false,
        changesKnownAt: asOf,
        heardSeconds: heardAt === 0 ? null : Math.max(0, Math.round((now() - heardAt) / 1000)),
      };
    },
  });
  async function heard() {
    // Asked at a gate, so it waits for no commit.
    const query = followed.db.selectFrom('followedChanges').select(['asOf', 'heardAt']).compile();
    return (await followed.readCommitted(query))[0];
  }

  return {
    /** Reads the list from its beginning next time: the platform above is another one. */
    beginAgain(): void {
      isOfAnother = true;
      void job.trigger();
    },
    /** Up to when all changes are known, by the clock of that platform; null if that cannot be said. */
    asOf: async () => ((await heard())?.asOf ?? null) as WallClock | null,
    /** When they were last read to their end, by the clock here, epoch milliseconds; null if they never were. */
    async heardAt(): Promise<number | null> {
      const row = await heard();
      return row === undefined || row.asOf === null ? null : row.heardAt;
    },
  };
}

const DAY_SECONDS = 86_400;

function concerning(cinemas: readonly CinemaCode[] | 'all', now: number): (change: TicketChange) => boolean {
  const own = cinemas === 'all' ? null : new Set(cinemas);
  const seconds = REPLY_BOUNDS.sessionDays * DAY_SECONDS;
  const [from, until] = [addSeconds(wallClockAt(now), -seconds), addSeconds(wallClockAt(now), seconds)];
  return ({ cinemaCode, startTime }) =>
    (own === null || own.has(cinemaCode)) && startTime >= from && startTime <= until;
}
