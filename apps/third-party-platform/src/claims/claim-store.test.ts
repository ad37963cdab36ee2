import { setImmediate as nextTurn } from 'node:timers/promises';
import { createRecordStore, type ReceivedRecord } from '@ticket-check/check-records';
import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { describeEachWay } from '@ticket-check/storage/testing';
import { type Kysely, sql } from 'kysely';
import { beforeEach, expect, test } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../database.ts';
import { claimFor, makeUkey, receivedRecord } from '../testing/test-cinema.ts';
import { applyEvents } from './apply-events.ts';
import { type ClaimRequest, type ClaimStore, claimingRecords, createClaimStore } from './claim-store.ts';
import { listOpenClaims } from './open-claims.ts';

const ukey = makeUkey();
const CLAIMED = { kind: 'claimed', entryPossible: false };
const RELEASED = { kind: 'released' };

/** The nth guest's claim on a ticket. */
function claimOn({ startTime, cinemaCode, filmTicketCode, checkTime }: ReceivedRecord): ClaimRequest {
  return { ...claimFor(), startTime, cinemaCode, filmTicketCode, checkTime };
}

/** The claim as it happens to its ticket. */
function claiming(request: ClaimRequest) {
  return { ticket: request, event: { ...request, kind: 'claim', claimedAt: request.checkTime } } as const;
}

const newRecord = (changes?: Partial<ReceivedRecord>) => receivedRecord(ukey, changes);

/** The record that a claim leads to. */
function recordOf({ recordId, checkTime }: ClaimRequest, record: ReceivedRecord): ReceivedRecord {
  return { ...record, recordId, checkTime };
}

describeEachWay('claims', (engine) => {
  let now: number;
  let url: string;
  let store: Store<ThirdPartyTables>;
  let claims: ClaimStore;

  beforeEach(async () => {
    now = Date.now();
    url = await engine.url();
    ({ store, claims } = await open());
  });

  /** One more process's view of the same database. */
  async function open() {
    const opened = await engine.open<ThirdPartyTables>(thirdPartyMigrations, url);
    return { store: opened, claims: createClaimStore(opened, () => now), records: recordsOf(opened) };
  }

  function recordsOf(of: Store<ThirdPartyTables>) {
    return createRecordStore(of, { inSameTransaction: claimingRecords(of) });
  }

  const keep = (...records: ReceivedRecord[]) => recordsOf(store).keep(records, { forward: false });
  const holderOf = async (record: ReceivedRecord) => (await claims.known(record)).holder?.recordId ?? null;
  const openNow = async () =>
    (await listOpenClaims(store, { claimedUntil: wallClockAt(now) })).map(({ recordId }) => recordId);

  type Write = (db: Kysely<ThirdPartyTables>) => Promise<unknown>;

  /** Writes in a transaction that stays open; the function that it resolves to writes the rest and commits. */
  async function hold(of: Store<ThirdPartyTables>, write: Write) {
    const written = Promise.withResolvers<void>();
    const end = Promise.withResolvers<Write | undefined>();
    const committed = of.transaction(async (db) => {
      await write(db);
      written.resolve();
      await (await end.promise)?.(db);
    });
    await Promise.race([written.promise, committed]);
    return (rest?: Write) => {
      end.resolve(rest);
      return committed;
    };
  }

  /** Resolves when a statement on this database waits for a lock; SQLite lets nobody even begin. */
  async function untilSomebodyWaits() {
    if (engine.engine === 'sqlite') return nextTurn();
    const waiting = sql<{ n: number }>`
      select count(*) as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`;
    while ((await waiting.execute(store.db)).rows[0]?.n === 0);
  }

  test('what is asked for in one turn shares one transaction', async () => {
    let transactions = 0;
    claims = createClaimStore(
      {
        ...store,
        transaction: (fn) => {
          transactions += 1;
          return store.transaction(fn);
        },
      },
      () => now,
    );
    const tickets = Array.from({ length: 50 }, () => newRecord());
    const asked = tickets.flatMap((record) => [claimOn(record), claimOn(record)]);
    const answers = await Promise.all(asked.map(claims.claim));
    expect(answers.map(({ kind }) => kind)).toEqual(tickets.flatMap(() => ['claimed', 'entered']));
    expect(transactions).toBe(1);
  });

  test('two processes that claim the same tickets at the same time share them out', async () => {
    const other = await open();
    const tickets = Array.from({ length: 300 }, () => newRecord());
    // Each process asks in an order of its own.
    const answers = await Promise.all([
      ...tickets.map((record) => claims.claim(claimOn(record))),
      ...tickets.toReversed().map((record) => other.claims.claim(claimOn(record))),
    ]);
    const claimed = answers.filter(({ kind }) => kind === 'claimed');
    expect(claimed).toHaveLength(300);
    expect(answers.filter(({ kind }) => kind === 'entered')).toHaveLength(300);
  });

  test('two processes that claim the same tickets in different orders do not wait for each other in a circle', async () => {
    const other = await open();
    const [low, high] = [newRecord(), newRecord()];
    const insert = (record: ReceivedRecord) => (db: Kysely<ThirdPartyTables>) =>
      applyEvents({ db, store: other.store }, [claiming(claimOn(record))]);
    const commit = await hold(other.store, insert(low));
    const answers = Promise.all([claims.claim(claimOn(high)), claims.claim(claimOn(low))]);
    await untilSomebodyWaits();
    await commit(insert(high));
    expect((await answers).map(({ kind }) => kind)).toEqual(['entered', 'entered']);
  });

  test('a claim that waits for the release of the same claim in another process comes to nothing', async () => {
    const other = await open();
    const record = newRecord();
    const [late, next] = [claimOn(record), claimOn(record)];
    const commit = await hold(other.store, async (db) => {
      const { recordId, account } = late;
      const said = { account, uncertain: false, withoutClaim: 'keep', releasedAt: record.checkTime } as const;
      const event = { kind: 'release', recordId, ...said } as const;
      await applyEvents({ db, store: other.store }, [{ ticket: late, event }]);
    });
    const answers = Promise.all([claims.claim(late), claims.claim(next)]);
    await untilSomebodyWaits();
    await commit();
    expect(await answers).toEqual([RELEASED, CLAIMED]);
    expect(await holderOf(record)).toBe(next.recordId);
  });

  test('a release that waits for the same claim in another process takes it back', async () => {
    const other = await open();
    const record = newRecord();
    const late = claimOn(record);
    const commit = await hold(other.store, (db) => applyEvents({ db, store: other.store }, [claiming(late)]));
    const released = claims.release(late);
    await untilSomebodyWaits();
    await commit();
    expect(await released).toBe('released');
    expect(await holderOf(record)).toBeNull();
    expect(await other.claims.claim(late)).toEqual(RELEASED);
  });

  test('claims and releases of many tickets in two processes at once leave nothing that was released', async () => {
    const other = await open();
    const tickets = Array.from({ length: 200 }, () => newRecord());
    const outcomes = await Promise.all(
      tickets.map(async (record, index) => {
        const [released, kept] = [claimOn(record), claimOn(record)];
        const [one, two] = index % 2 === 0 ? [claims, other.claims] : [other.claims, claims];
        const [, gone, answer] = await Promise.all([one.claim(released), two.release(released), two.claim(kept)]);
        expect(gone).toBe('released');
        return { record, released, kept, answer };
      }),
    );
    for (const { record, released, kept, answer } of outcomes) {
      expect(await holderOf(record)).toBe(answer.kind === 'claimed' ? kept.recordId : null);
      expect(await claims.claim(released)).toMatchObject({
        kind: answer.kind === 'claimed' ? 'entered' : 'released',
      });
    }
  });

  test('a record claims its ticket, and closes the claim that it came from', async () => {
    const [claimed, unclaimed] = [newRecord(), newRecord()];
    const claim = claimOn(claimed);
    await claims.claim(claim);
    expect(await openNow()).toEqual([claim.recordId]);
    await keep(recordOf(claim, claimed), unclaimed);
    expect(await openNow()).toEqual([]);
    expect(await claims.claim(claimOn(unclaimed))).toEqual({
      kind: 'entered',
      entry: { recordId: unclaimed.recordId, checkTime: unclaimed.checkTime, gate: '' },
    });
    expect(await claims.claim(claim)).toEqual(CLAIMED);
  });

  test('a record that comes while the claim is being released in another process takes it over', async () => {
    const other = await open();
    const record = newRecord();
    const claim = claimOn(record);
    await claims.claim(claim);
    const commit = await hold(other.store, (trx) => other.records.keep([record], { forward: false }, trx));
    const released = claims.release(claim);
    await untilSomebodyWaits();
    await commit();
    expect(await released).toBe('released');
    expect(await holderOf(record)).toBe(record.recordId);
  });

  test('of several records of one ticket in one report the first claims, and the holder is known by its own', async () => {
    const record = newRecord();
    const later = recordOf(claimOn(record), { ...record, checkTime: addSeconds(record.checkTime, 9) });
    await keep(later, record);
    expect(await holderOf(record)).toBe(record.recordId);

    const another = newRecord();
    const claim = claimOn({ ...another, checkTime: addSeconds(another.checkTime, 9) });
    await claims.claim(claim);
    await keep(another, recordOf(claim, another));
    expect(await holderOf(another)).toBe(claim.recordId);
    expect(await openNow()).toEqual([]);
  });

  test('a quarantined record claims nothing until it counts', async () => {
    const aside = newRecord({ quarantine: 'CODE_NOT_GENUINE' });
    await keep(aside);
    expect(await holderOf(aside)).toBeNull();
    await recordsOf(store).settle([{ ...aside, quarantine: null }], { forward: false });
    expect(await holderOf(aside)).toBe(aside.recordId);
  });
});
