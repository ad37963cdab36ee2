import { createRecordStore } from '@ticket-check/check-records';
import { parseWallClock, UNTOLD_ORIGIN } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../migrations.ts';
import { CINEMA, checkTicket, makeUkey, OTHER_CINEMA, sellTicket } from '../testing/test-cinema.ts';
import { type ClaimRequest, claimingRecords, createClaimStore } from './claim-store.ts';
import { createSupervisorReleases } from './supervisor-releases.ts';
import { claimFor } from './testing/claims.ts';

const AT = parseWallClock('2026-11-24T20:05:00');

describeEachEngine('claims that a supervisor releases', (engine) => {
  async function setUp() {
    const store = await engine.open<ThirdPartyTables>(thirdPartyMigrations);
    const claims = createClaimStore(store, Date.now);
    const claimed = async (claim: ClaimRequest) => {
      await claims.claim(claim);
      return claim;
    };
    return { store, claims, claimed, releases: createSupervisorReleases(store) };
  }
  const idsOf = (found: readonly { recordId: string }[]) => found.map(({ recordId }) => recordId);

  it('are the one that is named, or those of one account, in one cinema where that is said', async () => {
    const { claimed, releases } = await setUp();
    const here = await claimed(claimFor('terminal-1', CINEMA));
    const there = await claimed(claimFor('terminal-1', OTHER_CINEMA));
    const neighbours = await claimed(claimFor('terminal-2', CINEMA));
    expect(idsOf(await releases.find({ recordId: neighbours.recordId }))).toEqual([neighbours.recordId]);
    const ofOne = (cinemaCode: typeof CINEMA | null) => releases.find({ username: 'terminal-1', cinemaCode });
    expect(idsOf(await ofOne(null))).toEqual([here.recordId, there.recordId]);
    expect(idsOf(await ofOne(CINEMA))).toEqual([here.recordId]);
    expect(idsOf(await ofOne(OTHER_CINEMA))).toEqual([there.recordId]);
  });

  it('are those still open at that moment, listed as they were', async () => {
    const { store, claims, claimed, releases } = await setUp();
    const reported = { ...claimFor(), ...checkTicket(sellTicket(makeUkey())) };
    const [stands, back] = [await claimed(claimFor()), await claimed(claimFor())];
    await claimed(reported);
    const found = await releases.find({ username: 'terminal-1', cinemaCode: null });
    expect(idsOf(found).sort()).toEqual([stands.recordId, back.recordId, reported.recordId].sort());
    const received = {
      ...{ ...reported, receivedAt: reported.checkTime },
      ...{ ...UNTOLD_ORIGIN, quarantine: null, differences: [] },
    };
    const records = createRecordStore(store, { inSameTransaction: claimingRecords(store) });
    await records.keep([received], { forward: false });
    await claims.release(back);

    const { objection: _, ...claim } = stands;
    expect(await releases.release(found, AT)).toEqual([{ ...claim, claimedAt: expect.any(String) }]);
    expect((await claims.known(stands)).holder).toBeNull();
    expect((await claims.known(reported)).holder).toMatchObject({ recordId: reported.recordId });
  });
});
