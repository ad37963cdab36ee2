import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLoginPace, type LoginPace } from './pace.ts';

describe('the pace of logins', () => {
  let pace: LoginPace;
  let checked: number;

  beforeEach(() => {
    vi.useFakeTimers();
    pace = createLoginPace({ boundBy: 'place', slowedMs: 2000 });
    checked = 0;
  });
  afterEach(() => {
    pace.close();
    vi.useRealTimers();
  });

  const attempt = (place: string, username: string, came: 'right' | 'wrong' = 'wrong') =>
    pace.attempt(
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
    const { waitSeconds } = (await attempt('192.0.2.1', 'anna')) as { waitSeconds: number };
    expect(waitSeconds).toBeLessThanOrEqual(300);
    await vi.advanceTimersByTimeAsync(waitSeconds * 1000 + 10);
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
    pace = createLoginPace({ boundBy: 'username' });
    const came = await Promise.all([
      ...Array.from({ length: 16 }, (_, n) => attempt(`session-${n}`, 'anna', 'right')),
      attempt('session-16', 'bert', 'right'),
    ]);
    expect(came.map((outcome) => outcome === 'right')).toEqual([true, true, ...Array(14).fill(false), true]);
  });

  it('does not count logins that succeed', async () => {
    for (let n = 0; n < 100; n += 1) expect(await attempt('192.0.2.1', 'anna', 'right')).toBe('right');
  });

  it('slows a username that many addresses guess, and still lets its owner in', { tags: 'slow' }, async () => {
    for (let n = 0; n < 30; n += 1) await attempt(`198.51.100.${n}`, 'anna');
    let outcome: unknown;
    const owner = attempt('192.0.2.2', 'anna', 'right').then((came) => {
      outcome = came;
    });
    await vi.advanceTimersByTimeAsync(1990);
    expect(outcome).toBeUndefined();
    await vi.advanceTimersByTimeAsync(20);
    await owner;
    expect(outcome).toBe('right');
  });
});
