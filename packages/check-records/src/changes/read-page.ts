import type { CinemaCode, TicketChange, WallClock } from '@ticket-check/protocol';
import { acrossCinemas, type Store } from '@ticket-check/storage';
import { type SelectQueryBuilder, sql } from 'kysely';
import { isOfCinemas } from '../tables/keys.ts';
import type { ChangeTables } from './change-tables.ts';

/** How far a reader has come in the order of the changes. */
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
  const page = rows.slice(0, limit);
  const reached = rows.length > limit ? (page.at(-1)?.position ?? until) : until;
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
