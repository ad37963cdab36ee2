import { createPrivateKey, type KeyObject } from 'node:crypto';
import { ExpectedError } from '../expected-error.ts';

/** Foreign platforms hand out such keys, so they are taken. */
const LEAST_BITS = 1024;
/** Below this somebody else may one day sign in our name. */
const ADVISED_BITS = 2048;

/**
 * Reads an RSA private key, PKCS#8 or PKCS#1.
 * @throws ExpectedError where it is none.
 */
export function parsePrivateKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new ExpectedError('The private key is no unencrypted PEM private key.');
  }
  if (key.asymmetricKeyType === 'rsa') return key;
  throw new ExpectedError(`The private key is of type ${key.asymmetricKeyType}, not RSA.`);
}

/** @throws ExpectedError where a private key is none, or so short that anybody can find it out. */
export function assertStrong(pem: string): void {
  const bits = bitsOf(pem);
  if (bits >= LEAST_BITS) return;
  throw new ExpectedError(
    `The private key has ${bits} bits, which anybody can break: it needs at least ${LEAST_BITS}. Ask the platform above for another one.`,
  );
}

/** What to tell whoever sets a key that is shorter than it should be; null where it is long enough. */
export function adviceOn(pem: string): string | null {
  const bits = bitsOf(pem);
  if (bits >= ADVISED_BITS) return null;
  return `The private key has only ${bits} bits. Ask the platform above for one of at least ${ADVISED_BITS}.`;
}

function bitsOf(pem: string): number {
  return parsePrivateKey(pem).asymmetricKeyDetails?.modulusLength ?? 0;
}
