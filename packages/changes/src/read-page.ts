import type { CinemaCode, TicketChange, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { SelectQueryBuilder } from 'kysely';
import type { ChangeTables } from './change-tables.ts';
import type { Place } from './cursor.ts';

/** A page scans at most this many changes, a few milliseconds. */
const LOOKED_THROUGH = 5000;
/** A reader with at most this many cinemas looks through only their changes. */
const FEW_CINEMAS = 32;

type Asked = {
  readonly cinemas: ReadonlySet<CinemaCode> | 'all';
  readonly limit: number;
  /** The last place that was given. */
  readonly head: number;
  readonly lookedThrough?: number | undefined;
};

type Changes = SelectQueryBuilder<ChangeTables, 'change', ChangeTables['change']>;

/** The changes that follow a place, and the place behind them; what they cost does not grow with how many there are. */
export async function readPage(
  store: Store<ChangeTables>,
  place: Place,
  asked: Asked,
): Promise<{ changes: TicketChange[]; next: Place; more: boolean }> {
  return place.kind === 'beginning' ? readBeginning(store, place, asked) : readFollowing(store, place.position, asked);
}

async function readFollowing(
  store: Store<ChangeTables>,
  position: number,
  { cinemas, limit, head, lookedThrough = LOOKED_THROUGH }: Asked,
): Promise<{ changes: TicketChange[]; next: Place; more: boolean }> {
  if (position === head) return { changes: [], next: { kind: 'following', position }, more: false };
  const until = Math.min(position + lookedThrough, head);
  const rows = await amongCinemas(
    store,
    store.db
      .selectFrom('change')
      .selectAll()
      .where('position', '>', position)
      .where('position', '<=', until)
      .orderBy('position'),
    cinemas,
  )
    .limit(limit + 1)
    .execute();
  const page = rows.slice(0, limit);
  const reached = rows.length > limit ? (page.at(-1)?.position ?? until) : until;
  return {
    changes: page.map(changeIn),
    next: { kind: 'following', position: reached },
    more: reached < head,
  };
}

async function readBeginning(
  store: Store<ChangeTables>,
  place: Place & { kind: 'beginning' },
  asked: Asked,
): Promise<{ changes: TicketChange[]; next: Place; more: boolean }> {
  const { since, after, head } = place;
  const from: { startTime: string; position: number } = after ?? { startTime: since, position: 0 };
  const inOrder = store.db
    .selectFrom('change')
    .selectAll()
    .where(({ refTuple, tuple, eb }) =>
      eb(refTuple('startTime', 'position'), '>', tuple(from.startTime, from.position)),
    )
    .where('position', '<=', head)
    .orderBy('startTime')
    .orderBy('position');
  const { cinemas } = asked;
  const isFew = cinemas !== 'all' && cinemas.size > 0 && cinemas.size <= FEW_CINEMAS;
  const { rows, last } = isFew ? await amongOwn(store, inOrder, cinemas, asked) : await amongAll(store, inOrder, asked);
  const changes = rows.map(changeIn);
  if (last === undefined) {
    return { changes, next: { kind: 'following', position: head }, more: head < asked.head };
  }
  const reached = { startTime: last.startTime as WallClock, position: last.position };
  return { changes, next: { ...place, after: reached }, more: true };
}

/** Changes for a page, and the last one that was looked at; none where nothing follows. */
type LookedAt = { rows: ChangeTables['change'][]; last: ChangeTables['change'] | undefined };

/** Looks through the changes of a few cinemas, bounded for each so that the total stays within `lookedThrough`. */
async function amongOwn(
  store: Store<ChangeTables>,
  inOrder: Changes,
  cinemas: ReadonlySet<CinemaCode>,
  { limit, lookedThrough = LOOKED_THROUGH }: Asked,
): Promise<LookedAt> {
  const ofEach = Math.min(limit + 1, Math.ceil(lookedThrough / cinemas.size));
  const [first, ...others] = [...cinemas].map((cinemaCode) =>
    store.db.selectFrom(inOrder.where('cinemaCode', '=', cinemaCode).limit(ofEach).as('change')).selectAll(),
  ) as [Changes, ...Changes[]];
  const rows = await store.db
    .selectFrom(others.reduce((all, own) => all.unionAll(own), first).as('change'))
    .selectAll()
    .orderBy('startTime')
    .orderBy('position')
    .limit(limit + 1)
    .execute();
  // Behind the last one that was looked at of a cinema, more of it may follow before the next of another.
  const seen = new Map<string, number>();
  const end = rows.findIndex(({ cinemaCode }, index) => {
    const ofIt = (seen.get(cinemaCode) ?? 0) + 1;
    seen.set(cinemaCode, ofIt);
    return ofIt === ofEach || (index === limit - 1 && rows.length > limit);
  });
  return end === -1 ? { rows, last: undefined } : { rows: rows.slice(0, end + 1), last: rows[end] };
}

/** Looks through the changes of all cinemas, for readers of many. */
async function amongAll(
  store: Store<ChangeTables>,
  inOrder: Changes,
  { cinemas, limit, lookedThrough = LOOKED_THROUGH }: Asked,
): Promise<LookedAt> {
  const window = Math.max(lookedThrough, limit);
  const rows = await amongCinemas(store, store.db.selectFrom(inOrder.limit(window).as('change')).selectAll(), cinemas)
    .orderBy('startTime')
    .orderBy('position')
    .limit(limit + 1)
    .execute();
  const page = rows.slice(0, limit);
  if (rows.length > limit) return { rows: page, last: page.at(-1) };
  return {
    rows: page,
    last: await inOrder
      .offset(window - 1)
      .limit(1)
      .executeTakeFirst(),
  };
}

function amongCinemas(store: Store<ChangeTables>, changes: Changes, cinemas: Asked['cinemas']): Changes {
  if (cinemas === 'all') return changes;
  const asked = store.rowsAsTable(
    [...cinemas].map((cinemaCode) => ({ cinemaCode })),
    { cinemaCode: 'text' },
  );
  return changes.where('cinemaCode', 'in', store.db.selectFrom(asked.as('asked')).select('asked.cinemaCode'));
}

/** Rows are written from parsed tickets only. */
function changeIn({ startTime, cinemaCode, filmTicketCode, kind }: ChangeTables['change']): TicketChange {
  return { startTime, cinemaCode, filmTicketCode, kind } as TicketChange;
}
