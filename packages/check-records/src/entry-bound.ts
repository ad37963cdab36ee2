import type { Store } from '@ticket-check/storage';
import type { Logger } from 'pino';
import { TICKET_COLUMNS } from './entry-records.ts';
import { type ReceivedRecord, rowOf } from './received-record.ts';
import { keyText } from './record-key.ts';
import { loadStored } from './record-rows.ts';
import type { CheckRecordTables } from './tables.ts';

/**
 * Bounds how many records of one ticket count as entries through one account. Whoever has one genuine ticket could
 * otherwise report it under any number of RecordIds, without end. What exceeds the bound is kept aside and never lost.
 * Reading R7.
 */
export type EntryBound = {
  /**
   * Gives the records to `keep`, those that would exceed the bound as quarantined (TOO_MANY_ENTRIES). Two reports of one
   * account and ticket are kept one after the other.
   */
  within<T>(records: readonly ReceivedRecord[], keep: (records: readonly ReceivedRecord[]) => Promise<T>): Promise<T>;
};

const COLUMNS = { ...TICKET_COLUMNS, source: 'text' } as const;

type OfTicket = Pick<ReceivedRecord, keyof typeof COLUMNS>;

/** More are looked up in the database's own thread: the event loop does not wait for so many. */
const MOST_LOOKED_UP = 32;

/** An account is named in the log so often at most. */
const ALARM_EVERY_MS = 3_600_000;

/** Exact in one process; each further one that works on the database can let in what it has under way at that moment. */
export function createEntryBound(
  store: Store<CheckRecordTables>,
  { most, logger }: { most: number; logger: Pick<Logger, 'error'> },
): EntryBound {
  /** The report under way that came last, of each account and ticket. */
  const underWay = new Map<string, Promise<void>>();
  const alarmedAt = new Map<string, number>();

  const countEntries = store.queryOver<OfTicket, keyof OfTicket, OfTicket & { entries: number }>(COLUMNS, (given) =>
    store.db
      .selectFrom(given.as('given'))
      .select(['given.startTime', 'given.cinemaCode', 'given.filmTicketCode', 'given.source'])
      .select(({ selectFrom }) =>
        selectFrom((eb) =>
          eb
            .selectFrom('checkRecord')
            .select('checkRecord.recordId')
            .whereRef('checkRecord.startTime', '=', 'given.startTime')
            .whereRef('checkRecord.cinemaCode', '=', 'given.cinemaCode')
            .whereRef('checkRecord.filmTicketCode', '=', 'given.filmTicketCode')
            .whereRef('checkRecord.source', '=', 'given.source')
            .where('checkRecord.quarantine', 'is', null)
            .limit(eb.lit(most))
            .as('entry'),
        )
          .select((eb) => eb.fn.countAll<number>().as('entries'))
          .as('entries'),
      )
      .$castTo<OfTicket & { entries: number }>(),
  );

  async function countStored(records: readonly ReceivedRecord[]): Promise<Map<string, number>> {
    const asked = [...new Map(records.map((record) => [keyOf(record), record])).values()];
    if (asked.length === 0) return new Map();
    const question = countEntries(asked);
    const rows =
      asked.length > MOST_LOOKED_UP ? (await store.db.executeQuery(question)).rows : await store.lookUp(question);
    return new Map(rows.map((row) => [keyOf(row), row.entries]));
  }

  /** What counts here already needs no room; that is looked at only where there is none left. */
  async function withoutRoom(records: readonly ReceivedRecord[]): Promise<ReadonlySet<ReceivedRecord>> {
    const entries = await countStored(records);
    const surplus = beyond(records, entries);
    if (surplus.size === 0) return surplus;
    const stored = await loadStored({ trx: store.db, store }, records.map(rowOf));
    return beyond(
      records.filter((record) => stored.get(keyText(rowOf(record)))?.quarantine !== null),
      entries,
    );
  }

  function beyond(records: readonly ReceivedRecord[], entries: ReadonlyMap<string, number>): Set<ReceivedRecord> {
    const places = new Map<string, number>();
    return new Set(
      records.filter((record) => {
        const key = keyOf(record);
        const place = places.get(key) ?? entries.get(key) ?? 0;
        places.set(key, place + 1);
        return place >= most;
      }),
    );
  }

  function alarm({ source, ...record }: ReceivedRecord): void {
    const at = performance.now();
    for (const [before, since] of alarmedAt) if (since <= at - ALARM_EVERY_MS) alarmedAt.delete(before);
    if (alarmedAt.has(source)) return;
    alarmedAt.set(source, at);
    const { cinemaCode, filmTicketCode } = record;
    logger.error(
      { username: source, cinemaCode, filmTicketCode, most },
      'an account reports more entries of one ticket than count: the others are kept aside, look at what it reports',
    );
  }

  return {
    async within(records, keep) {
      const counting = records.filter(({ quarantine }) => quarantine === null);
      const keys = new Set(counting.map(keyOf));
      const before = [...keys].flatMap((key) => underWay.get(key) ?? []);
      const ended = Promise.withResolvers<void>();
      for (const key of keys) underWay.set(key, ended.promise);
      try {
        // Reports wait for those that came before them, so they never wait for each other in a circle.
        await Promise.all(before);
        const surplus = await withoutRoom(counting);
        for (const record of surplus) alarm(record);
        if (surplus.size === 0) return await keep(records);
        return await keep(
          records.map((record) => (surplus.has(record) ? { ...record, quarantine: 'TOO_MANY_ENTRIES' } : record)),
        );
      } finally {
        ended.resolve();
        for (const key of keys) if (underWay.get(key) === ended.promise) underWay.delete(key);
      }
    },
  };
}

// None of them can hold a space, but for the username, which stands last.
function keyOf({ startTime, cinemaCode, filmTicketCode, source }: Record<keyof OfTicket, string>): string {
  return `${startTime} ${cinemaCode} ${filmTicketCode} ${source}`;
}
