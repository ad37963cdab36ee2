import type { Store } from '@ticket-check/storage';
import type { Logger } from 'pino';
import { type ReceivedRecord, rowOf } from '../tables/received-record.ts';
import { keyText } from '../tables/record-key.ts';
import { loadStored } from '../tables/record-rows.ts';
import type { CheckRecordTables } from '../tables/tables.ts';
import { ticketText } from '../tables/ticket-key.ts';
import { BY_ACCOUNT, BY_TICKET, createEntryCount } from './entry-count.ts';
import { createUnderWay, type Place } from './under-way.ts';

/**
 * Bounds how many records of one ticket count as entries through one account. Without it, one genuine ticket could be reported
 * under any number of RecordIds. Records beyond the bound are quarantined, never lost. Reading R7.
 */
export type EntryBound = {
  /**
   * Gives the records to `keep`, those that would exceed the bound as quarantined (TOO_MANY_ENTRIES). Waits for reports of
   * the same account and ticket that came before only where it depends on them whether there is room.
   */
  within<T>(records: readonly ReceivedRecord[], keep: (records: readonly ReceivedRecord[]) => Promise<T>): Promise<T>;
};

/** Larger batches are looked up in the database's thread, off the event loop. */
const MAX_LOOKED_UP = 32;

/** A ticket with many entries takes some milliseconds: others have the database in between. */
const MAX_COUNTED = 8;

/** An account is named in the log so often at most. */
const ALARM_EVERY_MS = 3_600_000;

/** Exact in one process; each further one that works on the database can let in what it has under way at that moment. */
export function createEntryBound(
  store: Store<CheckRecordTables>,
  { max, logger }: { max: number; logger: Pick<Logger, 'error'> },
): EntryBound {
  const underWay = createUnderWay();
  const alarmedAt = new Map<string, number>();
  const countOfTickets = createEntryCount(store, BY_TICKET, max);
  const countOfAccounts = createEntryCount(store, BY_ACCOUNT, max);

  /**
   * The records whose account and ticket could come to more than `max`, were all entries of the ticket the account's. An
   * honest ticket has none; nothing else is asked of it.
   */
  async function nearBound(records: readonly ReceivedRecord[], before: Place['before'], own: Tally) {
    const asked = [...new Map(records.map((record) => [ticketText(record), record])).values()];
    if (asked.length === 0) return [];
    const question = countOfTickets(asked);
    const rows =
      asked.length > MAX_LOOKED_UP ? (await store.db.executeQuery(question)).rows : await store.readCommitted(question);
    const entries = new Map(rows.map((row) => [ticketText(row), row.entries]));
    return records.filter((record) => {
      const key = accountTicketText(record);
      const others = (entries.get(ticketText(record)) ?? 0) + (before.get(key)?.records ?? 0);
      return others + (own.get(key) ?? 0) > max;
    });
  }

  /** The records that do not count here yet: those that do need no room. */
  async function lackingOf(records: readonly ReceivedRecord[]): Promise<ReceivedRecord[]> {
    const stored = await loadStored({ db: store.db, store }, records.map(rowOf));
    return records.filter((record) => stored.get(keyText(rowOf(record)))?.quarantine !== null);
  }

  async function countStored(records: readonly ReceivedRecord[]): Promise<Tally> {
    const asked = [...new Map(records.map((record) => [accountTicketText(record), record])).values()];
    const entries = new Map<string, number>();
    for (let from = 0; from < asked.length; from += MAX_COUNTED) {
      const { rows } = await store.db.executeQuery(countOfAccounts(asked.slice(from, from + MAX_COUNTED)));
      for (const row of rows) entries.set(accountTicketText(row), row.entries);
    }
    return entries;
  }

  /** What is beyond the bound already, and the keys under which that depends on what came before. */
  async function decide(records: readonly ReceivedRecord[], before: Place['before']): Promise<Decision> {
    const lacking = await lackingOf(records);
    const entries = await countStored(lacking);
    let surplus = beyond(lacking, entries);
    // A copy may have been kept since.
    if (surplus.size > 0) surplus = beyond(await lackingOf(lacking), entries);
    const open = [...tally(lacking)].flatMap(([key, own]) => {
      const here = entries.get(key) ?? 0;
      const load = before.get(key);
      return load !== undefined && here < max && here + load.records + own > max ? load.ended : [];
    });
    return { surplus, open, brings: lacking.length > surplus.size };
  }

  function beyond(records: readonly ReceivedRecord[], entries: Tally): Set<ReceivedRecord> {
    const places = new Map<string, number>();
    return new Set(
      records.filter((record) => {
        const key = accountTicketText(record);
        const place = places.get(key) ?? entries.get(key) ?? 0;
        places.set(key, place + 1);
        return place >= max;
      }),
    );
  }

  function alarm({ account, ...record }: ReceivedRecord): void {
    const at = performance.now();
    for (const [before, since] of alarmedAt) if (since <= at - ALARM_EVERY_MS) alarmedAt.delete(before);
    if (alarmedAt.has(account)) return;
    alarmedAt.set(account, at);
    const { cinemaCode, filmTicketCode } = record;
    logger.error(
      { username: account, cinemaCode, filmTicketCode, max },
      'quarantined entries beyond the limit of one ticket',
    );
  }

  return {
    async within(records, keep) {
      const counting = records.filter(({ quarantine }) => quarantine === null);
      const own = tally(counting);
      const place = underWay.enter(own);
      try {
        const near = await nearBound(counting, place.before, own);
        if (near.length === 0) return await keep(records);
        let decision = await decide(near, place.before);
        if (decision.open.length > 0) {
          // Reports wait for those that came before them, so they never wait for each other in a circle.
          await Promise.all(decision.open);
          decision = await decide(near, NOTHING);
        }
        const { surplus, brings } = decision;
        // Nobody has to wait for a report that comes again.
        if (!brings && near.length === counting.length) place.leave();
        for (const record of surplus) alarm(record);
        if (surplus.size === 0) return await keep(records);
        return await keep(
          records.map((record) => (surplus.has(record) ? { ...record, quarantine: 'TOO_MANY_ENTRIES' } : record)),
        );
      } finally {
        place.leave();
      }
    },
  };
}

type Tally = ReadonlyMap<string, number>;

type Decision = {
  readonly surplus: ReadonlySet<ReceivedRecord>;
  /** If there are any, the decision is made again when they have ended. */
  readonly open: readonly Promise<void>[];
  /** Whether any of the records counts from now on that did not before. */
  readonly brings: boolean;
};

const NOTHING: Place['before'] = new Map();

function tally(records: readonly ReceivedRecord[]): Tally {
  const counts = new Map<string, number>();
  for (const record of records) {
    const key = accountTicketText(record);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** The username comes last, because it may contain a space. */
function accountTicketText(record: Record<keyof typeof BY_ACCOUNT, string>): string {
  return `${ticketText(record)} ${record.account}`;
}
