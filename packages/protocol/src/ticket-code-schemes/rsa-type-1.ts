import { createHash } from 'node:crypto';
import { openBlock, sealBlock } from '../rsa/rsa-blocks.ts';
import { readRsaPublicKey } from '../rsa/rsa-public-key.ts';
import type { TicketCodeScheme } from './ticket-code-scheme.ts';

/** The fields in a PKCS#1 v1.5 block of type 1, which the public key takes back to what they were. Reading T2. */
export const rsaType1: TicketCodeScheme = {
  name: 'rsa-type-1',
  readKey(text) {
    const read = readRsaPublicKey(text);
    if (read === null) return null;
    const { key, modulus } = read;
    return {
      key,
      spki: key.export({ format: 'der', type: 'spki' }).toString('base64'),
      fingerprint: createHash('sha256').update(modulus).digest('hex'),
      blockLength: modulus.length,
    };
  },
  seal: sealBlock,
  open: (block, publicKey) => openBlock(block, publicKey),
};
