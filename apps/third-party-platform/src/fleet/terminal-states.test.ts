import { createAccounts } from '@ticket-check/exchange';
import { addSeconds, epochOf, parseBusinessDate, parseWallClock, type TerminalState } from '@ticket-check/protocol';
import { createMetrics } from '@ticket-check/runtime';
import { keyPairOf } from '@ticket-check/runtime/testing';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import { type ThirdPartyStore, thirdPartyMigrations } from '../database.ts';
import { HEALTHY } from '../testing/stock.ts';
import { CINEMA, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { fleetCheck, fleetMetrics } from './fleet.ts';
import { fleetJson, loadFleet, loadTerminalNames } from './load-fleet.ts';
import { createTerminalStates, type TerminalStates } from './terminal-states.ts';

const EVENING = parseWallClock('2026-11-24T20:00:00');
const STATE: TerminalState = { ...HEALTHY, uptimeSeconds: 3600, clockOffsetMs: null };

describeEachEngine('the states of terminals', ({ open }) => {
  let at: number;
  const now = () => at;
  const pass = (seconds: number) => {
    at += seconds * 1000;
  };
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
      ['terminal-2', [CINEMA, OTHER_CINEMA]],
      ['terminal-3', [OTHER_CINEMA]],
    ] as const) {
      await accounts.addWithKey({ username, role: 'platform', cinemaCodes }, publicKeyPem);
    }
  });

  const hear = (account: string, storeId: string | null, state: TerminalState) =>
    states.hear(account, storeId, state, null);
  const fleet = (cinemas: readonly string[] | 'all' = 'all') => loadFleet(store, { now: at, cinemas });
  const told = async (...cinemas: string[]) =>
    (await fleet(cinemas.length === 0 ? 'all' : cinemas)).map(({ account, advice }) => [
      account,
      ...advice.map(({ code }) => code),
    ]);
  const health = async () => fleetCheck(store, now).run();

  it('are kept and shown to people who may see one of their cinemas, the worst first, without revoked accounts', async () => {
    hear('terminal-1', null, STATE);
    hear('terminal-3', 'store-3', { ...STATE, waiting: 2, oldestUnsentSeconds: 700, line: 'down' });
    expect(await told()).toEqual([
      ['terminal-1', 'no-state'],
      ['terminal-2', 'no-state'],
      ['terminal-3', 'no-state'],
    ]);
    await states.write();
    expect(await told()).toEqual([
      ['terminal-3', 'line-down', 'records-late'],
      ['terminal-2', 'no-state'],
      ['terminal-1'],
    ]);
    expect(await told(CINEMA)).toEqual([['terminal-2', 'no-state'], ['terminal-1']]);
    expect(await told('99999999')).toEqual([]);
    const [worst, second] = await fleet([OTHER_CINEMA]);
    expect(fleetJson(worst!, [OTHER_CINEMA])).toMatchObject({
      Username: 'terminal-3',
      Severity: 'error',
      LastHeardAt: EVENING,
      Advice: [
        { Code: 'line-down', WrongZh: expect.stringContaining('离线检票') },
        { Code: 'records-late', About: '2' },
      ],
      State: {
        Store: 'store-3',
        StartedAt: addSeconds(EVENING, -3600),
        OldestUnsentAt: addSeconds(EVENING, -700),
        KeysCameAt: addSeconds(EVENING, -60),
        Gates: [{ Name: 'gate-1', Error: null }],
      },
    });
    // Another cinema of the same account is not shown to people who may not see it.
    expect(fleetJson(second!, [OTHER_CINEMA])).toMatchObject({ CinemaCodes: [OTHER_CINEMA], State: null });
    expect(await health()).toEqual({ ok: true, heard: 2, unheard: 0, behind: 1 });

    await createAccounts(store, now).revoke('terminal-3');
    expect(await told(OTHER_CINEMA)).toEqual([['terminal-2', 'no-state']]);
    expect(await health()).toMatchObject({ heard: 1, behind: 0 });
    const named = (await loadTerminalNames(store, [OTHER_CINEMA])).map(([code]) => code);
    expect(named).toEqual(['terminal-2', 'terminal-3']);
  });

  it('are kept once in a while, whatever a terminal sends, the last of each account', async () => {
    for (let sent = 0; sent < 10; sent += 1) {
      expect(hear('terminal-1', 'store-1', { ...STATE, waiting: sent })).toBe(true);
      expect(hear('terminal-1', 'store-1', { ...STATE, version: 'too soon' })).toBe(false);
      await states.write();
      pass(10);
    }
    const [row, ...others] = await store.db.selectFrom('terminalState').selectAll().execute();
    expect(others).toEqual([]);
    expect(row).toMatchObject({ account: 'terminal-1', otherStoreAt: null });
    expect(JSON.parse(row!.state)).toEqual({ ...STATE, waiting: 9 });
  });

  it('say for a day that the account was used with another store', async () => {
    for (const storeId of ['store-1', 'store-2', 'store-2']) {
      hear('terminal-1', storeId, STATE);
      await states.write();
      pass(3600);
    }
    expect(await told(CINEMA)).toContainEqual(['terminal-1', 'unheard', 'several-stores']);
    pass(22 * 3600);
    hear('terminal-1', 'store-2', STATE);
    await states.write();
    expect(await told(CINEMA)).toContainEqual(['terminal-1']);
  });

  it('have what was refused on this business date, where the terminal counts its scans', async () => {
    const refusedBy = async (username: string) => (await fleet()).find(({ account }) => account === username)?.refused;
    const businessDate = parseBusinessDate('2026-11-24');
    states.hear('terminal-1', null, STATE, { businessDate, counts: { ADMIT: 5, A_LATER_VERDICT: 2 } });
    states.hear('terminal-2', null, STATE, null);
    await states.write();
    expect(await refusedBy('terminal-1')).toEqual({ A_LATER_VERDICT: 2 });
    expect(await refusedBy('terminal-2')).toBeNull();
    // A terminal counts them for all of its cinemas together.
    const [first] = await fleet();
    const shown = (cinemas: readonly string[]) =>
      fleetJson({ ...first!, cinemaCodes: ['1', '2'], refused: { NO: 2 } }, cinemas).Refused;
    expect([shown(['1', '2']), shown(['1'])]).toEqual([2, null]);
    pass(60);
    // It was given another store, which counts from zero.
    states.hear('terminal-1', null, STATE, { businessDate, counts: { ADMIT: 1 } });
    await states.write();
    expect(await refusedBy('terminal-1')).toEqual({});
  });

  it('raise an alarm when a terminal falls silent on a day on which it was heard, unless it said that it ends', async () => {
    for (const account of ['terminal-1', 'terminal-2', 'terminal-3']) hear(account, null, STATE);
    await states.write();
    pass(300);
    expect(hear('terminal-2', null, { ...STATE, ending: true, waiting: 1, oldestUnsentSeconds: 5 })).toBe(true);
    pass(5);
    expect(hear('terminal-3', null, STATE)).toBe(true);
    // It ends a moment after it told its state.
    expect(hear('terminal-3', null, { ...STATE, ending: true })).toBe(true);
    await states.write();
    expect(await health()).toEqual({ ok: true, heard: 1, unheard: 0, behind: 0 });
    pass(700);
    const silent = { ok: true, degraded: true, silent: ['terminal-1'], heard: 0, unheard: 1, behind: 1 };
    expect(await health()).toEqual(silent);
    const registry = createMetrics();
    fleetMetrics(registry, store, now);
    expect(await registry.metrics()).toContain('terminals_unheard 1');
    expect(await told()).toEqual([
      ['terminal-1', 'unheard'],
      ['terminal-2', 'records-late', 'stopped'],
      ['terminal-3', 'stopped'],
    ]);
    // 06:00 has passed.
    pass(10 * 3600);
    expect(await health()).toEqual({ ok: true, heard: 0, unheard: 0, behind: 0 });
    expect(await told()).toEqual([
      ['terminal-2', 'records-late', 'off-today'],
      ['terminal-1', 'off-today'],
      ['terminal-3', 'off-today'],
    ]);
  });

  it('are counted without reading each of them, which takes long where they are many', async () => {
    hear('terminal-1', null, STATE);
    await states.write();
    await store.db.updateTable('terminalState').set({ state: 'unread' }).execute();
    expect(await health()).toEqual({ ok: true, heard: 1, unheard: 0, behind: 0 });
  });

  it('are written later where the database could not take them, and newer ones in their place', async () => {
    let isFull = true;
    const full = {
      ...store,
      get db() {
        if (isFull) throw new Error('the disk is full');
        return store.db;
      },
    };
    states = createTerminalStates(full, now);
    hear('terminal-1', null, { ...STATE, parked: 1 });
    hear('terminal-2', null, STATE);
    await expect(states.write()).rejects.toThrow('the disk is full');
    isFull = false;
    pass(20);
    hear('terminal-1', null, STATE);
    await states.write();
    expect(await told(CINEMA)).toEqual([['terminal-1'], ['terminal-2']]);
  });
});
