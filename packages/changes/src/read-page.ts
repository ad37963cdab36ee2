import type { CinemaCode, TicketChange, WallClock } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { SelectQueryBuilder } from 'kysely';
import type { ChangeTables } from './change-tables.ts';
import type { Place } from './cursor.ts';

/** A page scans at most this many changes, a few milliseconds. */
const LOOKED_THROUGH = 5000;

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
  { cinemas, limit, head, lookedThrough = LOOKED_THROUGH }: Asked,
): Promise<{ changes: TicketChange[]; next: Place; more: boolean }> {
  const { since, after } = place;
  const from: { startTime: string; position: number } = after ?? { startTime: since, position: 0 };
  const inOrder = store.db
    .selectFrom('change')
    .selectAll()
    .where(({ refTuple, tuple, eb }) =>
      eb(refTuple('startTime', 'position'), '>', tuple(from.startTime, from.position)),
    )
    .where('position', '<=', place.head)
    .orderBy('startTime')
    .orderBy('position');
  const window = inOrder.limit(Math.max(lookedThrough, limit));
  const rows = await amongCinemas(store, store.db.selectFrom(window.as('change')).selectAll(), cinemas)
    .orderBy('startTime')
    .orderBy('position')
    .limit(limit + 1)
    .execute();
  const page = rows.slice(0, limit);
  const last =
    rows.length > limit
      ? page.at(-1)
      : await inOrder
          .offset(Math.max(lookedThrough, limit) - 1)
          .limit(1)
          .executeTakeFirst();
  if (last === undefined) {
    return {
      changes: page.map(changeIn),
      next: { kind: 'following', position: place.head },
      more: place.head < head,
    };
  }
  const reached = { startTime: last.startTime as WallClock, position: last.position };
  return { changes: page.map(changeIn), next: { ...place, after: reached }, more: true };
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
