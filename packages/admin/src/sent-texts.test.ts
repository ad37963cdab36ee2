import { expect, test } from 'vitest';
import { parseReturnPath, withReturn } from './sent-texts.ts';

test.each(['/', '/claims?q=a%20b&cinema=31012801'])('leads back to %s', (path) => {
  expect(parseReturnPath(path)).toBe(path);
});

test.each([
  undefined,
  '',
  'claims',
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  'https://evil.example/',
  'javascript:alert(1)',
  '/.//evil.example',
  '/a/..//evil.example',
  '/%0d%0aset-cookie: x',
  '/über',
  `/${'a'.repeat(2000)}`,
])('leads nowhere else for %j', (path) => {
  const led = parseReturnPath(path);
  expect(new URL(led, 'https://console.invalid').origin).toBe('https://console.invalid');
  expect(led).toBe('/');
});

test('a return path is carried as one value', () => {
  expect(withReturn('/login', '/claims?q=a&b=c')).toBe('/login?return=%2Fclaims%3Fq%3Da%26b%3Dc');
  expect(withReturn('/login', '/')).toBe('/login');
  expect(withReturn('/login?late=1', '/claims')).toBe('/login?late=1&return=%2Fclaims');
});
