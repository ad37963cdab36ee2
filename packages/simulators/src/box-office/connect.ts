import type { KeyObject } from 'node:crypto';
import { type Bundle, bundleAlgorithm, createUpstream, type Upstream } from '@ticket-check/exchange';
import type { SignatureAlgorithm } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';

/**
 * Creates a client of the platform that issued the bundle; the caller closes it. It speaks the scheme and the given extensions.
 *
 * @param now epoch milliseconds
 * @throws ExpectedError if the bundle holds no readable private key
 */
export function connectByBundle(bundle: Bundle, now: () => number, extensions: readonly string[] = []): Upstream {
  const algorithm = bundleAlgorithm(bundle);
  return createUpstream({
    url: bundle.Url,
    username: bundle.Username,
    algorithm,
    privateKey: readPrivateKey(bundle.PrivateKey, algorithm),
    ca: bundle.CaCertificate,
    extensions,
    now,
  });
}

function readPrivateKey(pem: string | null, algorithm: SignatureAlgorithm): KeyObject {
  if (pem === null) throw new ExpectedError('The bundle has no PrivateKey, which calls from here need.');
  try {
    return algorithm.readPrivateKey(pem);
  } catch (error) {
    throw new ExpectedError("The bundle's PrivateKey is no private key in PEM form.", { cause: error });
  }
}
