import type { Store } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import { type OperatorTables, operatorMigrations } from '../people/tables.ts';
import { createLoginPace, createTries, type LoginPace } from './pace.ts';

describeEachEngine('the pace of logins', (engine) => {
  let store: Store<OperatorTables>;
  let clock: number;
  let pace: LoginPace;
  let checked: number;

  const paceOf = (at: 'login' | 'session') => createLoginPace({ store, now: () => clock, at });

  beforeEach(async () => {
    store = await engine.open<OperatorTables>(operatorMigrations);
    clock = Date.parse('2026-11-30T12:00:00+08:00');
    pace = paceOf('login');
    checked = 0;
  });

  const attempt = (place: string, username: string, came: 'right' | 'wrong' = 'wrong') =>
    pace(
      { place, username },
      async () => {
        checked += 1;
        return came;
      },
      (outcome) => outcome === 'wrong',
    );

  it('makes an address wait that guesses one username, and nobody else', async () => {
    const guesses = [];
    for (let n = 0; n < 8; n += 1) guesses.push(await attempt('192.0.2.1', 'anna'));
    expect(guesses.slice(0, 5)).toEqual(Array(5).fill('wrong'));
    expect(guesses[5]).toEqual({ waitSeconds: expect.any(Number) });
    expect(checked).toBe(5);
    expect(await attempt('192.0.2.2', 'anna', 'right')).toBe('right');
    expect(await attempt('192.0.2.1', 'bert', 'right')).toBe('right');
  });

  it('lets it guess again after the time that it said', async () => {
    for (let n = 0; n < 5; n += 1) await attempt('192.0.2.1', 'anna');
    expect(await attempt('192.0.2.1', 'anna', 'right')).toEqual({ waitSeconds: 300 });
    clock += 300_000;
    expect(await attempt('192.0.2.1', 'anna', 'right')).toBe('right');
  });

  it('makes an address wait that guesses many usernames, as one IPv6 network does from many addresses', async () => {
    for (let n = 0; n < 40; n += 1) await attempt(`2001:db8::${n.toString(16)}`, `name-${n}`);
    expect(checked).toBe(20);
  });

  it('checks few of many at once, and counts only those', async () => {
    const many = (came: 'right' | 'wrong') =>
      Promise.all(Array.from({ length: 30 }, (_, n) => attempt('192.0.2.1', `name-${n}`, came)));
    expect((await many('right')).filter((outcome) => outcome === 'right')).toHaveLength(2);
    expect((await many('wrong')).filter((outcome) => outcome === 'wrong')).toHaveLength(2);
    expect(await attempt('192.0.2.1', 'anna', 'right')).toBe('right');
  });

  it('looks at few of an operator at once in all their sessions, and at those of others', async () => {
    pace = paceOf('session');
    const came = await Promise.all([
      ...Array.from({ length: 16 }, (_, n) => attempt(`session-${n}`, 'anna', 'right')),
      attempt('session-16', 'bert', 'right'),
    ]);
    expect(came.map((outcome) => outcome === 'right')).toEqual([true, true, ...Array(14).fill(false), true]);
  });

  it('slows a username that many addresses guess, and still lets its owner in', async () => {
    for (let n = 0; n < 30; n += 1) await attempt(`198.51.100.${n}`, 'anna');
    let isIn = false;
    const owner = attempt('192.0.2.2', 'anna', 'right').finally(() => {
      isIn = true;
    });
    expect(await attempt('192.0.2.2', 'bert', 'right')).toBe('right');
    expect(isIn).toBe(false);
    expect(await owner).toBe('right');
  });

  it('counts what other processes have refused, and nothing twice for them', async () => {
    const other = createLoginPace({ store, now: () => clock + 60_000, at: 'login' });
    const wrong = (at: LoginPace) => at({ place: '192.0.2.1', username: 'anna' }, async () => true, Boolean);
    for (let n = 0; n < 5; n += 1) expect(await wrong(n % 2 ? pace : other)).toBe(true);
    for (const each of [pace, other]) expect(await wrong(each)).toMatchObject({ waitSeconds: expect.any(Number) });
    expect(await attempt('192.0.2.2', 'anna', 'right')).toBe('right');
  });

  it('keeps what was typed as a username from readers of the database, and forgets it within an hour', async () => {
    await attempt('192.0.2.1', 'k7m3q-x9p2r-t4v8w');
    const rows = () => store.db.selectFrom('operatorTry').selectAll().execute();
    expect(await rows()).toMatchObject([{ place: '192.0.2.1', username: expect.stringMatching(/^[0-9a-f]{4}$/) }]);
    const { deleteOld } = createTries(store, () => clock);
    await deleteOld();
    expect(await rows()).toHaveLength(1);
    clock += 3_600_000;
    await deleteOld();
    expect(await rows()).toEqual([]);
  });
});
