import { expect, it } from 'vitest';
import { addressGroup } from './address-group.ts';
import { createByteBudget } from './index.ts';

it('grants bytes up to a bound for each address and one in all, and again what was returned', () => {
  const budget = createByteBudget({ inAll: 100, perAddress: 60 });
  expect(budget.take('192.0.2.1', 60)).toBe(true);
  expect(budget.take('192.0.2.1', 1)).toBe(false);
  expect(budget.take('192.0.2.2', 40)).toBe(true);
  expect(budget.take('192.0.2.3', 1)).toBe(false);
  expect(budget.taken()).toBe(100);
  budget.return('192.0.2.1', 60);
  expect(budget.take('192.0.2.3', 60)).toBe(true);
  budget.return('192.0.2.2', 40);
  budget.return('192.0.2.3', 60);
  expect(budget.taken()).toBe(0);
  expect(() => budget.return('192.0.2.3', 1)).toThrow(/more than it had taken/);
});

it('counts a network of IPv6 addresses as one peer', () => {
  expect(addressGroup('2001:db8:0:7::1')).toBe('2001:db8:0:7::/64');
  expect(addressGroup('2001:0db8::7:ffff:1:2:3')).toBe('2001:db8:0:7::/64');
  expect(addressGroup('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
  expect(addressGroup('::1')).toBe('0:0:0:0::/64');
  expect(addressGroup('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(addressGroup('192.0.2.1')).toBe('192.0.2.1');
  expect(addressGroup(undefined)).toBe('unknown');
});
