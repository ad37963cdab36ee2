import { expect, it } from 'vitest';
import { type ByteBudget, createByteBudget } from './index.ts';
import { rateLimitKey } from './rate-limit-key.ts';

const BOUNDS = { inAll: 100, perAddress: 60 };

/** Holds bytes that report their name when they are evicted. */
function holder(budget: ByteBudget, evicted: string[]) {
  return (remoteAddress: string, bytes: number, name = remoteAddress) => {
    const held = budget.hold(remoteAddress, () => evicted.push(name));
    return { ...held, granted: held.take(bytes) };
  };
}

it('grants bytes up to a bound for each address and one in all, and again what was returned', () => {
  const budget = createByteBudget(BOUNDS);
  const hold = holder(budget, []);
  const first = hold('192.0.2.1', 60);
  expect(first.granted).toBe(true);
  expect(first.take(1)).toBe(false);
  const second = hold('192.0.2.2', 40);
  second.pin();
  first.pin();
  expect(second.granted).toBe(true);
  expect(hold('192.0.2.3', 1).granted).toBe(false);
  expect(budget.taken()).toBe(100);
  first.release();
  first.release();
  expect(first.take(1)).toBe(false);
  const third = hold('192.0.2.3', 60);
  expect(third.granted).toBe(true);
  second.release();
  third.release();
  expect(budget.taken()).toBe(0);
});

it('takes away the oldest bytes of the address that holds most for one that holds less, until they hold as much', () => {
  const evicted: string[] = [];
  const budget = createByteBudget(BOUNDS);
  const hold = holder(budget, evicted);
  const [pinned] = ['a', 'b', 'c'].map((name) => hold('192.0.2.1', 20, name));
  hold('192.0.2.2', 40, 'd');
  pinned?.pin();
  expect(hold('192.0.2.3', 15).granted).toBe(true);
  expect(evicted).toEqual(['b']);
  expect(budget.taken()).toBe(95);
  // Two addresses hold 40; one of them always keeps 20.
  expect(hold('192.0.2.3', 10).granted).toBe(true);
  expect(evicted).toEqual(['b', 'c']);
  expect(hold('192.0.2.1', 20).granted).toBe(false);
  expect(hold('192.0.2.4', 39).granted).toBe(true);
  expect(evicted).toEqual(['b', 'c', 'd']);
  expect(budget.taken()).toBe(84);
});

it('counts a network of IPv6 addresses as one peer', () => {
  expect(rateLimitKey('2001:db8:0:7::1')).toBe('2001:db8:0:7::/64');
  expect(rateLimitKey('2001:0db8::7:ffff:1:2:3')).toBe('2001:db8:0:7::/64');
  expect(rateLimitKey('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
  expect(rateLimitKey('::1')).toBe('0:0:0:0::/64');
  expect(rateLimitKey('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(rateLimitKey('192.0.2.1')).toBe('192.0.2.1');
  expect(rateLimitKey(undefined)).toBe('unknown');
});
