import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { eTicketKeyId } from '@ticket-check/protocol';

type Pair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

/**
 * Makes a key pair that signs e-tickets, with its id. Commands take the id as an argument, so none begins with a hyphen, which
 * would be read as an option: `eticket-key revoke` could not name the key. Reading C5.
 */
export function makeKeyPair(generate: () => Pair = () => generateKeyPairSync('ed25519')): Pair & { keyId: string } {
  for (;;) {
    const pair = generate();
    const keyId = eTicketKeyId(pair.publicKey);
    if (!keyId.startsWith('-')) return { ...pair, keyId };
  }
}
