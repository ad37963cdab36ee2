import { setTimeout as delay } from 'node:timers/promises';
import type { WatchedConnection } from '@ticket-check/exchange';
import {
  APIS,
  CHANGES_EXTENSION,
  listChangesQueryJson,
  MAX_RECORDS,
  readChangesPage,
  type TicketChange,
  type WallClock,
} from '@ticket-check/protocol';
import { every, type RecurringJob, type Service } from '@ticket-check/runtime';
import { measuredGauge } from '@ticket-check/runtime/service';
import { type Store, withTables } from '@ticket-check/storage';
import type { Kysely } from 'kysely';
import type { FollowedTables } from './followed-tables.ts';

const TIMEOUT_MS = 5000;
/** A platform that does not keep up is asked less often. */
const LONGEST_MS = 60_000;
/** A platform that says there is more and gives nothing is asked again after so long, and half as long at the least. */
const NOTHING_YET_MS = 250;

/** What is known of the changes of the platform above. */
type FollowedChanges = {
  /** Reads the list from its beginning next time: the platform above is another one. */
  beginAgain(): void;
  /** Up to when all of them are known, by the clock of that platform; null where that cannot be said. */
  asOf(): Promise<WallClock | null>;
  /** When they were last read to their end, by the clock here, epoch milliseconds; null where they never were. */
  heardAt(): Promise<number | null>;
};

type Reader<DB extends FollowedTables> = {
  store: Store<DB>;
  connection: Pick<WatchedConnection, 'upstream' | 'isReachable' | 'onAnnounced'>;
  /** Keeps changes, in the transaction that keeps how far they were read. The same ones may come again. */
  keep: (trx: Kysely<DB>, changes: readonly TicketChange[]) => Promise<void>;
  /** Forgets what holds only for as long as the same list is followed, in the transaction that notes that it is not. */
  forget?: (trx: Kysely<DB>) => Promise<void>;
  everyMs: number;
  jitterMs: number;
};

/**
 * Follows ListChanges of the platform above, in one process, where it announces that: what was read and how far is kept in one
 * transaction, so that a crash loses no page. Calls that somebody waits for go first, and nothing waits for this one.
 * It asks for all that the account may see: a cinema that it has lost keeps nothing back of the others, and one that is served from
 * tomorrow on lacks nothing then. Of other data, as after a restored backup, it begins again, and what was known stays but for what
 * `forget` takes. Extension `changes`; reading X9.
 */
export function followChanges<DB extends FollowedTables>(service: Service, reader: Reader<DB>): FollowedChanges {
  const { store, connection, keep, forget, everyMs, jitterMs } = reader;
  const { logger, now, metrics } = service;
  // The package knows its own table, and not those that `keep` writes.
  const followed: Store<FollowedTables> = withTables(store);
  let isFailing = false;
  let isOfAnother = false;

  const load = () => followed.db.selectFrom('followedChanges').selectAll().executeTakeFirstOrThrow();

  async function keepCursor(trx: Kysely<FollowedTables>, row: Partial<FollowedTables['followedChanges']>) {
    await trx.updateTable('followedChanges').set(row).execute();
  }

  const noteBeginning = () =>
    store.transaction(async (trx) => {
      await forget?.(trx);
      await keepCursor(withTables(trx), { cursor: '' });
    });

  function noteFailure(code: string, reason: string): void {
    if (!isFailing) logger.warn({ code, reason }, 'the platform above did not say which tickets changed');
    isFailing = true;
  }

  async function run(stopping: AbortSignal): Promise<'done' | 'back-off'> {
    const peer = await connection.upstream();
    const isOffered = peer?.extensions().has(CHANGES_EXTENSION) ?? false;
    let { cursor } = await load();
    if (isOfAnother || (cursor !== '' && !isOffered && peer?.hasAnswered())) {
      await noteBeginning();
      isOfAnother = false;
      cursor = '';
    }
    if (peer === null || !isOffered || !connection.isReachable()) return 'done';
    let hasBegunAgain = cursor === '';
    while (!stopping.aborted) {
      const query = listChangesQueryJson({ cinemaCodes: null, cursor, limit: MAX_RECORDS });
      const outcome = await peer.call(APIS.listChanges, query, {
        read: readChangesPage,
        timeoutMs: TIMEOUT_MS,
        priority: 'background',
        idempotent: true,
      });
      const isUnknown =
        (outcome.kind === 'delivered' && outcome.reply === 'begin-again') ||
        (outcome.kind === 'rejected' && outcome.code === 'INVALID_QUERY');
      if (isUnknown && !hasBegunAgain) {
        logger.info('the platform above has other data than before: its changes are read from the beginning');
        hasBegunAgain = true;
        cursor = '';
        await noteBeginning();
        continue;
      }
      if (outcome.kind !== 'delivered') {
        noteFailure(outcome.code, outcome.message);
        return 'back-off';
      }
      const page = outcome.reply;
      if (page === 'begin-again') {
        noteFailure('CURSOR_UNKNOWN', 'it refuses an empty cursor too');
        return 'back-off';
      }
      await store.transaction(async (trx) => {
        if (page.changes.length > 0) await keep(trx, page.changes);
        await keepCursor(withTables(trx), {
          cursor: page.cursor,
          ...(!page.more && { asOf: page.asOf, heardAt: now() }),
        });
      });
      if (isFailing) logger.info('the platform above says again which tickets changed');
      isFailing = false;
      if (!page.more) return 'done';
      if (page.changes.length === 0 && page.cursor === cursor) {
        const ms = NOTHING_YET_MS * (1 - Math.random() / 2);
        await delay(ms, undefined, { signal: stopping }).catch(() => {});
      }
      cursor = page.cursor;
    }
    return 'done';
  }

  /** Null while another process follows. */
  let job: RecurringJob | null = null;
  service.job({
    name: 'follow changes',
    runs: 'in one process',
    start() {
      const started = every({
        name: 'follow changes',
        everyMs,
        jitterMs,
        longestMs: LONGEST_MS,
        firstWithinMs: jitterMs,
        logger,
        run,
      });
      job = started;
      return {
        stop() {
          job = null;
          return started.stop();
        },
      };
    },
  });
  // What a platform speaks is known from its first answer; another generation of its data is another list.
  connection.onAnnounced(() => void job?.trigger());
  const secondsSince = (moment: number) => Math.max(0, Math.round((now() - moment) / 1000));
  measuredGauge(
    metrics,
    'changes_heard_seconds',
    'Seconds since the platform above last said which tickets changed; -1 where it never did',
    async () => {
      const { heardAt } = await load();
      return heardAt === 0 ? -1 : secondsSince(heardAt);
    },
  );
  // Scans go on without it, so health shows it and is not degraded by it.
  service.check({
    name: 'changes',
    async run() {
      const { asOf, heardAt } = await load();
      const peer = await connection.upstream();
      return {
        ok: true,
        offered: peer?.extensions().has(CHANGES_EXTENSION) ?? false,
        changesKnownAt: asOf,
        heardSeconds: heardAt === 0 ? null : secondsSince(heardAt),
      };
    },
  });
  async function heard() {
    // Asked at a gate, so it waits for no commit.
    const query = followed.db.selectFrom('followedChanges').select(['asOf', 'heardAt']).compile();
    return (await followed.readCommitted(query))[0];
  }

  return {
    beginAgain() {
      isOfAnother = true;
      job?.trigger();
    },
    asOf: async () => ((await heard())?.asOf ?? null) as WallClock | null,
    async heardAt() {
      const row = await heard();
      return row === undefined || row.asOf === null ? null : row.heardAt;
    },
  };
}
