import type { Store } from '@ticket-check/storage';
import type { Logger } from 'pino';
import { TICKET_COLUMNS } from './entry-records.ts';
import type { ReceivedRecord } from './received-record.ts';
import type { CheckRecordTables } from './tables.ts';

/**
 * Bounds how many records of one ticket count as entries through one account. Whoever has one genuine ticket could
 * otherwise report it under any number of RecordIds, without end. What exceeds the bound is kept aside and never lost.
 * Reading R7.
 */
export type EntryBound = {
  /**
   * Takes room for the records that would count, until `keep` has ended. Those for which there is no room are given to it as
   * quarantined (TOO_MANY_ENTRIES).
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
  const underWay = new Map<string, number>();
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

  async function stored(records: readonly ReceivedRecord[]): Promise<Map<string, number>> {
    const asked = [...new Map(records.map((record) => [keyOf(record), record])).values()];
    if (asked.length === 0) return new Map();
    const question = countEntries(asked);
    const rows =
      asked.length > MOST_LOOKED_UP ? (await store.db.executeQuery(question)).rows : await store.lookUp(question);
    return new Map(rows.map((row) => [keyOf(row), row.entries]));
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
      const before = new Map<ReceivedRecord, number>();
      for (const record of counting) {
        const key = keyOf(record);
        const others = underWay.get(key) ?? 0;
        underWay.set(key, others + 1);
        before.set(record, others);
      }
      try {
        const entries = await stored(counting);
        const bounded = records.map((record): ReceivedRecord => {
          const others = before.get(record);
          if (others === undefined || others + (entries.get(keyOf(record)) ?? 0) < most) return record;
          alarm(record);
          return { ...record, quarantine: 'TOO_MANY_ENTRIES' };
        });
        return await keep(bounded);
      } finally {
        for (const record of counting) {
          const key = keyOf(record);
          const left = (underWay.get(key) ?? 0) - 1;
          if (left > 0) underWay.set(key, left);
          else underWay.delete(key);
        }
      }
    },
  };
}

// None of them can hold a space, but for the username, which stands last.
function keyOf({ startTime, cinemaCode, filmTicketCode, source }: Record<keyof OfTicket, string>): string {
  return `${startTime} ${cinemaCode} ${filmTicketCode} ${source}`;
}
