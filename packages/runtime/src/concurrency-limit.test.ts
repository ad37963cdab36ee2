import { expect, test } from 'vitest';
import { rateLimitKey } from './concurrency-limit.ts';

test('counts an IPv6 address by its network, and an IPv4 address also where it comes as IPv6', () => {
  expect(rateLimitKey('2001:db8:0:7::1')).toBe('2001:db8:0:7::/64');
  expect(rateLimitKey('2001:0db8::7:ffff:1:2:3')).toBe('2001:db8:0:7::/64');
  expect(rateLimitKey('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
  expect(rateLimitKey('::1')).toBe('0:0:0:0::/64');
  expect(rateLimitKey('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(rateLimitKey('192.0.2.1')).toBe('192.0.2.1');
  expect(rateLimitKey(undefined)).toBe('unknown');
});
