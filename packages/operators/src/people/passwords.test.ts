import { turnsDuring } from '@ticket-check/runtime/testing';
import { describe, expect, it } from 'vitest';
import { createPasswords, faultInPassword, makeOneTimePassword } from './passwords.ts';

describe('passwords', () => {
  it('are kept as argon2id hashes of their own salt, off the event loop', async () => {
    const passwords = createPasswords();
    let hashes: string[] = [];
    const turns = await turnsDuring(async () => {
      hashes = await Promise.all([passwords.hash('correct horse'), passwords.hash('correct horse')]);
    });
    expect(turns).toBeGreaterThan(10);
    expect(hashes[0]).toMatch(/^\$argon2id\$v=19\$m=32768,t=3,p=1\$/);
    expect(hashes[0]).not.toBe(hashes[1]);
    expect(await passwords.verify(hashes[0]!, 'correct horse')).toBe(true);
    expect(await passwords.verify(hashes[0]!, 'correct horsf')).toBe(false);
  });

  it('that nobody has are verified against a hash too, and are wrong', async () => {
    expect(await createPasswords().verify(null, 'whatever')).toBe(false);
  });

  it('are the same however a keyboard composes their letters', async () => {
    const passwords = createPasswords();
    const hash = await passwords.hash('pässword für mich'.normalize('NFD'));
    expect(await passwords.verify(hash, 'pässword für mich'.normalize('NFC'))).toBe(true);
  });

  it('that are issued are random and can be read from paper', () => {
    const issued = Array.from({ length: 100 }, makeOneTimePassword);
    expect(new Set(issued).size).toBe(100);
    for (const password of issued) {
      expect(password).toMatch(/^([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}$/);
      expect(faultInPassword(password, 'anna')).toBeNull();
    }
  });

  it.each([
    ['elevenchars', 'too-short'],
    ['x7'.repeat(65), 'too-long'],
    ['abababababab', 'too-simple'],
    ['my-li.wei-password', 'holds-username'],
    ['Twelve chars', null],
    ['一二三四五六七八九十百千', null],
  ])('that are chosen are long and not simple: %s', (password, fault) => {
    expect(faultInPassword(password, 'li.wei')).toBe(fault);
  });
});
