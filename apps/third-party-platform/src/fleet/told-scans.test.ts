import { createAccounts } from '@ticket-check/exchange';
import { keyPairOf } from '@ticket-check/peers';
import { addSeconds, epochOf, parseWallClock, type ScanStep, type WallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import type { ThirdPartyStore } from '../database.ts';
import { thirdPartyMigrations } from '../migrations.ts';
import { HEALTHY } from '../testing/healthy-state.ts';
import { CINEMA, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { countTelling, createScanSteps } from './scan-steps.ts';
import { createTerminalStates, type TerminalStates } from './terminal-states.ts';
import { forgetToldScans } from './told-scans.ts';

const EVENING = parseWallClock('2026-11-24T20:03:00');
const STEP = parseWallClock('2026-11-24T20:00:00');
const DAY_SECONDS = 86_400;

describeEachEngine('what terminals tell of their scans', ({ open }) => {
  let at: number;
  const now = () => at;
  let store: ThirdPartyStore;
  let states: TerminalStates;

  beforeEach(async () => {
    at = epochOf(EVENING);
    store = await open(thirdPartyMigrations);
    states = createTerminalStates(store, now);
    const accounts = createAccounts(store, now);
    const { publicKeyPem } = await keyPairOf('terminal-1');
    for (const [username, cinemaCodes] of [
      ['terminal-1', [CINEMA]],
      ['terminal-2', [CINEMA]],
      ['terminal-3', [OTHER_CINEMA]],
      ['terminal-4', [OTHER_CINEMA]],
    ] as const) {
      await accounts.addWithKey({ username, role: 'platform', cinemaCodes }, publicKeyPem);
    }
  });

  const step = (counts: Record<string, number>, began: WallClock = STEP): ScanStep => ({ at: began, counts });
  /** Tells them and writes them, ten seconds after what was told before. */
  async function tell(account: string, storeId: string | null, ...steps: ScanStep[]): Promise<void> {
    at += 10_000;
    expect(states.hear(account, storeId, HEALTHY, steps)).toBe(true);
    await states.write();
  }
  const counted = async () =>
    (await createScanSteps(store, now)()).counts
      .map(({ step: began, cinemaCodes, verdict, scans }) => [began.slice(11, 16), cinemaCodes[0], verdict, scans])
      .sort((a, b) => (`${a}` < `${b}` ? -1 : 1));

  it('counts once what is told again, late or out of order, and adds up terminals and the stores of one account', async () => {
    await tell('terminal-1', 'store-1', step({ ADMIT: 5, UNREADABLE: 1 }));
    await tell('terminal-1', 'store-1', step({ ADMIT: 5, UNREADABLE: 1 }));
    await tell('terminal-1', 'store-1', step({ ADMIT: 8, UNREADABLE: 1, A_LATER_VERDICT: 2 }));
    await tell('terminal-1', 'store-1', step({ ADMIT: 6, UNREADABLE: 1 }));
    expect(await counted()).toEqual([
      ['20:00', CINEMA, 'ADMIT', 8],
      ['20:00', CINEMA, 'A_LATER_VERDICT', 2],
      ['20:00', CINEMA, 'UNREADABLE', 1],
    ]);
    await tell('terminal-1', 'restored', step({ UNREADABLE: 3 }));
    await tell('terminal-2', 'store-2', step({ UNREADABLE: 10 }));
    await tell('terminal-3', null, step({ REFUNDED: 1 }));
    await tell('terminal-4', null, step({ REFUNDED: 1 }));
    expect(await counted()).toEqual([
      ['20:00', CINEMA, 'ADMIT', 8],
      ['20:00', CINEMA, 'A_LATER_VERDICT', 2],
      ['20:00', CINEMA, 'UNREADABLE', 14],
      ['20:00', OTHER_CINEMA, 'REFUNDED', 2],
    ]);
  });

  it('counts a store once whose account was replaced by another', async () => {
    await tell('terminal-1', 'store-1', step({ ADMIT: 5 }), step({ REFUNDED: 2 }, addSeconds(STEP, -600)));
    await createAccounts(store, now).revoke('terminal-1');
    await createAccounts(store, now).replace('terminal-2', 'terminal-1');
    await tell('terminal-2', 'store-1', step({ ADMIT: 7 }));
    expect(await counted()).toEqual([
      ['19:50', CINEMA, 'REFUNDED', 2],
      ['20:00', CINEMA, 'ADMIT', 7],
    ]);
  });

  it('counts a store once whose account was revoked, and given another one for the same cinemas', async () => {
    await tell('terminal-1', 'store-1', step({ ADMIT: 5 }), step({ REFUNDED: 2 }, addSeconds(STEP, -600)));
    await tell('terminal-2', 'store-1', step({ ADMIT: 7 }));
    // Both may be terminals, set up as copies of one.
    expect(await counted()).toEqual([
      ['19:50', CINEMA, 'REFUNDED', 2],
      ['20:00', CINEMA, 'ADMIT', 12],
    ]);
    await createAccounts(store, now).revoke('terminal-1');
    expect(await counted()).toEqual([
      ['19:50', CINEMA, 'REFUNDED', 2],
      ['20:00', CINEMA, 'ADMIT', 7],
    ]);
  });

  it('lets no account hide what another one told by naming its store', async () => {
    await tell('terminal-1', 'store-1', step({ REFUNDED: 2 }));
    await tell('terminal-3', 'store-1', step({ ADMIT: 900 }));
    const both = [
      ['20:00', CINEMA, 'REFUNDED', 2],
      ['20:00', OTHER_CINEMA, 'ADMIT', 900],
    ];
    expect(await counted()).toEqual(both);
    await createAccounts(store, now).revoke('terminal-1');
    expect(await counted()).toEqual(both);
  });

  it('keeps two business dates by its own clock, and of an account the latest stores alone', async () => {
    const days = [-2, -1, 0, 1].map((day) => step({ ADMIT: 1 }, addSeconds(STEP, day * DAY_SECONDS)));
    await tell('terminal-1', 'store-1', ...days);
    const kept = async () =>
      (await store.db.selectFrom('terminalScans').select('step').orderBy('step').execute()).length;
    expect(await kept()).toBe(2);
    at += DAY_SECONDS * 1000;
    expect(await forgetToldScans(store, at, 100)).toBe(1);
    expect(await forgetToldScans(store, at, 100)).toBe(0);
    expect(await kept()).toBe(1);
    for (let sent = 0; sent < 6; sent += 1) {
      await tell('terminal-2', `store-${sent}`, step({ ADMIT: 1 }, addSeconds(STEP, DAY_SECONDS)));
    }
    expect(await counted()).toEqual([['20:00', CINEMA, 'ADMIT', 4]]);
  });

  it('are written later where the database could not take them, and never fewer than were known', async () => {
    let isFull = true;
    const full = {
      ...store,
      get db() {
        if (isFull) throw new Error('the disk is full');
        return store.db;
      },
    };
    states = createTerminalStates(full, now);
    await expect(tell('terminal-1', 'store-1', step({ ADMIT: 5 }))).rejects.toThrow('the disk is full');
    isFull = false;
    await tell('terminal-1', 'store-1', step({ ADMIT: 4 }), step({ ADMIT: 1 }, addSeconds(STEP, -600)));
    expect(await counted()).toEqual([
      ['19:50', CINEMA, 'ADMIT', 1],
      ['20:00', CINEMA, 'ADMIT', 5],
    ]);
  });

  it('says how many terminals tell of them: those of other makes do not', async () => {
    states.hear('terminal-1', null, HEALTHY, []);
    states.hear('terminal-2', null, HEALTHY, null);
    await states.write();
    const telling = (await countTelling(store, at)).map(({ cinemaCodes, ...counts }) => ({
      of: cinemaCodes,
      ...counts,
    }));
    expect(telling).toEqual(
      expect.arrayContaining([
        { of: [CINEMA], accounts: 2, telling: 1 },
        { of: [OTHER_CINEMA], accounts: 2, telling: 0 },
      ]),
    );
  });
});
