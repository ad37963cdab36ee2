import { generateKeyPairSync } from 'node:crypto';
import { eTicketKeyId } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { makeKeyPair } from './make-key-pair.ts';

function pairWhoseId(isWanted: (keyId: string) => boolean) {
  for (;;) {
    const pair = generateKeyPairSync('ed25519');
    if (isWanted(eTicketKeyId(pair.publicKey))) return pair;
  }
}

it('makes no key that a command could not name', () => {
  const hyphened = pairWhoseId((keyId) => keyId.startsWith('-'));
  const plain = pairWhoseId((keyId) => !keyId.startsWith('-'));
  const drawn = [hyphened, hyphened, plain];
  expect(makeKeyPair(() => drawn.shift()!)).toEqual({ ...plain, keyId: eTicketKeyId(plain.publicKey) });
  expect(drawn).toEqual([]);
});
