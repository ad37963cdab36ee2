import { expect, test } from 'vitest';
import { rpIdOf } from './passkeys.ts';

test.each([
  ['console.example:9443', 'console.example'],
  ['LOCALHOST', 'localhost'],
  ['127.0.0.1:9443', null],
  ['[::1]:9443', null],
  ['a b', null],
  ['[', null],
  ['localhost:x', null],
  ['', null],
])('passkeys at %j are bound to %j', (host, rpId) => {
  expect(rpIdOf(host)).toBe(rpId);
});
