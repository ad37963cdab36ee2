import { createRecordStore } from '@ticket-check/check-records';
import { parseWallClock, wallClockAt } from '@ticket-check/protocol';
import { createMetrics } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../database.ts';
import { CINEMA, claimFor, makeUkey, OTHER_CINEMA, receivedRecord } from '../testing/test-cinema.ts';
import { alarmedAccounts, claimMetrics, createClaimCounts } from './claim-metrics.ts';
import { type ClaimRequest, claimingRecords, createClaimStore } from './claim-store.ts';
import {
  type ClaimPosition,
  countOpenClaims,
  listOpenClaims,
  releaseForSupervisor,
  searchOpenClaims,
} from './open-claims.ts';

const AT = parseWallClock('2026-11-24T20:05:00');
const MANY = 4500;
const OURS = '31012345';
const ukey = makeUkey();

/** Open claims, every hundredth of our cinema, many made in the same second. */
const claimMany = (store: Store<ThirdPartyTables>) =>
  sql`
    with recursive claim (i) as (select 1 union all select i + 1 from claim where i < ${sql.lit(MANY)})
    insert into ticket_claim
      (start_time, cinema_code, film_ticket_code, record_id, check_time, gate, account, claimed_at, recorded)
    select '2026-11-24T19:30:00', case when i % 100 = 0 then ${OURS} else '31019999' end,
      cast(1000000000000000 + i as text), 'record ' || (1000000 + i), '2026-11-24T19:20:00', '', 'terminal-1',
      '2026-11-24T19:2' || (i / 1000), 0
    from claim
  `.execute(store.db);

describeEachEngine('open claims', (engine) => {
  async function setUp() {
    const clock = { at: Date.now() };
    const now = () => clock.at;
    const store = await engine.open<ThirdPartyTables>(thirdPartyMigrations);
    const claims = createClaimStore(store, now);
    const records = createRecordStore(store, { inSameTransaction: claimingRecords(store) });
    const claimed = async (claim: ClaimRequest) => {
      await claims.claim(claim);
      return claim;
    };
    /** The record of the entry that a claim led to comes. */
    const report = ({ objection: _, ...claim }: ClaimRequest) =>
      records.keep([receivedRecord(ukey, claim)], { forward: false });
    return { clock, now, store, claims, claimed, report };
  }
  const idsOf = (found: readonly { recordId: string }[]) => found.map(({ recordId }) => recordId);

  it('are listed oldest first: those of an account, in one cinema where that is said, or from a moment on', async () => {
    const { clock, store, claimed } = await setUp();
    const here = await claimed(claimFor('terminal-1', CINEMA));
    const claimedUntil = wallClockAt(clock.at);
    clock.at += 60_000;
    const there = await claimed(claimFor('terminal-1', OTHER_CINEMA));
    const ofOne = (cinema?: typeof CINEMA) => listOpenClaims(store, { account: 'terminal-1', cinemaCode: cinema });
    expect(idsOf(await ofOne())).toEqual([here.recordId, there.recordId]);
    expect(idsOf(await ofOne(OTHER_CINEMA))).toEqual([there.recordId]);
    expect(idsOf(await listOpenClaims(store, { claimedUntil }))).toEqual([here.recordId]);
    expect(await countOpenClaims(store.db, { claimedUntil })).toMatchObject({ count: 1 });
    expect(await countOpenClaims(store.db, { claimedUntil, cinemas: [OTHER_CINEMA] })).toEqual({
      count: 0,
      oldest: null,
    });
  });

  it('are released for a supervisor where they are still open at that moment, and answered as they were', async () => {
    const { store, claims, claimed, report } = await setUp();
    const [stands, back, reported] = [await claimed(claimFor()), await claimed(claimFor()), await claimed(claimFor())];
    const found = await listOpenClaims(store, { account: 'terminal-1' });
    expect(idsOf(found).sort()).toEqual(idsOf([stands, back, reported]).sort());
    await report(reported);
    await claims.release(back);

    const { objection: _, ...claim } = stands;
    expect(await releaseForSupervisor(store, found, AT)).toEqual([{ ...claim, claimedAt: expect.any(String) }]);
    expect((await claims.known(stands)).holder).toBeNull();
    expect((await claims.known(reported)).holder).toMatchObject({ recordId: reported.recordId });
  });

  it('are all found page by page and once each, wherever among the others they stand, and the last by its ticket', async () => {
    const { store } = await setUp();
    await claimMany(store);
    const found: string[] = [];
    let after: ClaimPosition | null = null;
    do {
      const asked = { cinemas: [OURS], after, limit: 30 };
      const page: Awaited<ReturnType<typeof searchOpenClaims>> = await searchOpenClaims(store, asked);
      found.push(...idsOf(page.claims));
      after = page.next;
    } while (after !== null);
    expect(found).toEqual(Array.from({ length: MANY / 100 }, (_, index) => `record ${1_000_100 + 100 * index}`));

    const text = String(1_000_000_000_000_000 + MANY);
    const { claims, next } = await searchOpenClaims(store, { text, after: null, limit: 7 });
    expect([claims.map(({ filmTicketCode }) => filmTicketCode), next]).toEqual([[text], null]);
    const [claim] = claims;
    expect(await listOpenClaims(store, claim!)).toEqual([claim]);
    expect(await listOpenClaims(store, { ...claim!, recordId: 'another' })).toEqual([]);
  });

  it('are alarmed in the metrics, for each account that leaves as many as OPEN_CLAIMS_ALARM', async () => {
    const { clock, now, store, claimed, report } = await setUp();
    const watched = { store, maxOpen: 3, now };
    const alarmed = () => alarmedAccounts(watched);
    const metrics = createMetrics();
    claimMetrics(metrics, createClaimCounts(), watched);
    const gauge = async () => / (\d+)$/m.exec(await metrics.getSingleMetricAsString('claims_alarmed_accounts'))?.[1];
    for (const [account, count] of [
      ['terminal-1', 4],
      ['terminal-2', 3],
      ['terminal-3', 2],
    ] as const) {
      for (let made = 0; made < count; made += 1) await claimed(claimFor(account));
      // An admission that was reported is no open claim.
      await report(await claimed(claimFor(account)));
    }
    expect([await alarmed(), await gauge()]).toEqual([[], '0']);
    clock.at += 301_000;
    expect(await alarmed()).toEqual([
      { username: 'terminal-1', open: 4 },
      { username: 'terminal-2', open: 3 },
    ]);
    expect(await gauge()).toBe('2');
  });
});
