import { type SignedApi, signedApi } from '@ticket-check/exchange';
import {
  APIS,
  addSeconds,
  type CinemaCode,
  changesPageJson,
  isWallClock,
  type ListChangesQuery,
  listChangesQuery,
  ProtocolError,
  type TicketChange,
  type WallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import { type Service, sharedFor } from '@ticket-check/runtime';
import { acrossCinemas, isAmong, pageOf, purgeInSlices, queryOverRows, type Store } from '@ticket-check/storage';
import { type SelectQueryBuilder, sql } from 'kysely';
import { isOfCinemas } from '../tables/keys.ts';
import { type ChangeTables, cinemasText, placeChanges } from './change-tables.ts';

type CursorScope = { readonly generation: string; readonly cinemas: ReadonlySet<CinemaCode> | 'all' };

function writeCursor({ position, beginning }: Place, scope: CursorScope): string {
  const where = beginning === null ? ['f'] : ['b', beginning.until, beginning.since];
  return Buffer.from([scope.generation, cinemasText(scope.cinemas), ...where, position].join(' ')).toString(
    'base64url',
  );
}

const CURSOR = /^(\S+) (\S+) (?:f|b (\d{1,15}) (\S{19})) (\d{1,15})$/;

/**
 * Reads a cursor. It is not signed: with a forged one a caller only reads from another place what it may read anyway.
 * @throws ProtocolError INVALID_QUERY if it is malformed, CURSOR_UNKNOWN if it belongs to other data or other cinemas.
 */
function readCursor(text: string, scope: CursorScope, head: number): Place {
  const plain = Buffer.from(text, 'base64url').toString('latin1');
  const [, generation, cinemas, until, since = '', position] = CURSOR.exec(plain) ?? [];
  const isWhole = position !== undefined && Buffer.from(plain, 'latin1').toString('base64url') === text;
  if (!isWhole || (until !== undefined && !isWallClock(since))) {
    throw new ProtocolError('INVALID_QUERY', 'Cursor must be empty, or the Cursor of an earlier page', {
      element: 'Cursor',
    });
  }
  const beginning = until === undefined ? null : { until: Number(until), since: since as WallClock };
  const reached = Math.max(Number(position), beginning?.until ?? 0);
  if (generation !== scope.generation || cinemas !== cinemasText(scope.cinemas) || reached > head) {
    throw new ProtocolError('CURSOR_UNKNOWN', 'The cursor is of other data or of other cinemas; begin again.');
  }
  return { position: Number(position), beginning };
}

/** A new reader gets changes of sessions since then: those of the longest film ended a day before. */
const BEGINS_BEFORE_SECONDS = 30 * 3600;
/** Thousands of terminals ask, each every ten seconds. */
const PLACED_FOR_MS = 200;

const PURGE_EVERY_MS = 3_600_000;
/** A clock that is days ahead must not delete what matters today. */
const KEPT_SECONDS = 30 * 86_400;
const SLICE = 500;

/** Serves ListChanges in the order in which changes were noted; `knownAsOf`: up to when refunds are known here. X9. */
export function serveChanges(
  service: Service,
  options: { store: Store<ChangeTables>; knownAsOf?: () => Promise<WallClock | null> },
): SignedApi {
  const { store, knownAsOf } = options;
  const { now, logger } = service;
  const place = sharedFor(
    // If more changes wait, the answer is not shared: the reader's next request places more of them.
    ({ isAll }) => (isAll ? PLACED_FOR_MS : 0),
    async () => {
      const at = wallClockAt(now());
      // Before what is known by then has its places.
      const asOf = knownAsOf === undefined ? at : await knownAsOf();
      return { at, asOf, isAll: await placeChanges(store) };
    },
  );

  service.job({
    name: 'purge changes',
    runs: 'in one process',
    everyMs: PURGE_EVERY_MS,
    jitterMs: PURGE_EVERY_MS / 10,
    atOnce: true,
    async run(stopping) {
      // Changes get their places even if nobody reads them.
      while (!stopping.aborted && !(await placeChanges(store)));
      const deleted = await purgeChanges(store, addSeconds(wallClockAt(now()), -KEPT_SECONDS), stopping);
      if (deleted > 0) logger.info({ deleted }, 'deleted changes of past sessions');
    },
  });

  return signedApi<ListChangesQuery>({
    name: APIS.listChanges,
    role: 'platform',
    priority: 'background',
    query: listChangesQuery,
    cinemasOf: ({ cinemaCodes }) => cinemaCodes ?? [],
    async handle({ cinemaCodes, cursor, limit }, { account }) {
      const { at, asOf, isAll } = await place();
      const cinemas: ReadonlySet<CinemaCode> | 'all' =
        cinemaCodes === null ? account.cinemaCodes : new Set(cinemaCodes);
      const scope = { generation: store.currentGeneration().generation, cinemas };
      const { position: head } = await store.db.selectFrom('changeHead').select('position').executeTakeFirstOrThrow();
      const from: Place =
        cursor === ''
          ? { position: 0, beginning: { until: head, since: addSeconds(at, -BEGINS_BEFORE_SECONDS) } }
          : readCursor(cursor, scope, head);
      const { changes, next, more } = await readPage(store, from, { cinemas, limit, head });
      return changesPageJson({ changes, cursor: writeCursor(next, scope), more: more || !isAll, asOf });
    },
  });
}

export function purgeChanges(store: Store<ChangeTables>, before: WallClock, stopping: AbortSignal): Promise<number> {
  const { db } = store;
  async function deleteSlice(size: number): Promise<number> {
    const { rows: oldest } = await sql<ChangePlace>`
      select ${acrossCinemas('retention')} position, cinema_code from change
      where start_time < ${before} order by start_time, position limit ${size}
    `.execute(db);
    return (await deletePlaced.ask({ db, store }, oldest)).length;
  }
  return purgeInSlices(SLICE, deleteSlice, stopping);
}

type ChangePlace = Pick<ChangeTables['change'], 'position' | 'cinemaCode'>;

const PLACED = { position: 'integer', cinemaCode: 'text' } as const;

const deletePlaced = queryOverRows<ChangeTables, ChangePlace, { position: number }>(PLACED, ({ db }, given) =>
  db.deleteFrom('change').where(isAmong(PLACED, given)).returning('position'),
);

export type Place = {
  readonly position: number;
  /** A reader that began reads, up to this position, only changes of sessions that begin at `since` or later. */
  readonly beginning: { readonly until: number; readonly since: WallClock } | null;
};

/** A page for a reader of many cinemas scans at most this many changes, a few milliseconds. */
const LOOKED_THROUGH = 5000;
/** A reader with at most this many cinemas reads only their changes, from an index. */
const FEW_CINEMAS = 32;

/** The changes that follow a place, and the place behind them; what they cost does not grow with how many there are. */
export async function readPage(
  store: Store<ChangeTables>,
  { position, beginning }: Place,
  asked: {
    readonly cinemas: ReadonlySet<CinemaCode> | 'all';
    readonly limit: number;
    /** The last place that was given. */
    readonly head: number;
    readonly lookedThrough?: number | undefined;
  },
): Promise<{ changes: TicketChange[]; next: Place; more: boolean }> {
  const { cinemas, limit, head, lookedThrough = LOOKED_THROUGH } = asked;
  const last = beginning?.until ?? head;
  const isFew = cinemas !== 'all' && cinemas.size > 0 && cinemas.size <= FEW_CINEMAS;
  const until = isFew ? last : Math.min(position + lookedThrough, last);
  const inOrder = store.db
    .selectFrom('change')
    .selectAll()
    .where('position', '>', position)
    .where('position', '<=', until)
    .$if(beginning !== null, (query) => query.where('startTime', '>=', beginning?.since ?? ''))
    .orderBy('position')
    .limit(limit + 1);
  const rows =
    position >= until ? [] : isFew ? await ofEach(inOrder, cinemas, limit + 1) : await ofMany(inOrder, cinemas);
  const { page, next } = pageOf(rows, limit, (last) => last.position);
  const reached = next ?? until;
  return {
    changes: page.map(changeIn),
    next: { position: reached, beginning: reached < last ? beginning : null },
    more: reached < head,
  };
}

type Changes = SelectQueryBuilder<ChangeTables, 'change', ChangeTables['change']>;

/** Each cinema by itself, so that the index of cinemas is used whatever the planner expects. */
async function ofEach(inOrder: Changes, cinemas: ReadonlySet<CinemaCode>, limit: number) {
  const rows = [];
  for (const cinemaCode of cinemas) rows.push(...(await inOrder.where('cinemaCode', '=', cinemaCode).execute()));
  return rows.sort((a, b) => a.position - b.position).slice(0, limit);
}

function ofMany(inOrder: Changes, cinemas: ReadonlySet<CinemaCode> | 'all') {
  return inOrder
    .modifyFront(acrossCinemas('feed'))
    .$if(cinemas !== 'all', (query) => query.where(isOfCinemas([...cinemas] as CinemaCode[], sql.ref('cinemaCode'))))
    .execute();
}

/** Rows are written from parsed tickets only. */
function changeIn({ startTime, cinemaCode, filmTicketCode, kind }: ChangeTables['change']): TicketChange {
  return { startTime, cinemaCode, filmTicketCode, kind } as TicketChange;
}
