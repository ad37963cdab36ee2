import type { KeyObject } from 'node:crypto';
import { type Bundle, bundleAlgorithm, createUpstream, type Upstream } from '@ticket-check/exchange';
import type { SignatureAlgorithm } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';

/**
 * A client of whoever issued the bundle, which the caller closes. It speaks the scheme and, beyond it, what it is told to announce.
 *
 * @param now epoch milliseconds
 * @throws ExpectedError where the bundle holds no private key that can be read
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
  if (pem === null) throw new ExpectedError('The bundle has no PrivateKey: whoever calls from here needs one.');
  try {
    return algorithm.readPrivateKey(pem);
  } catch (error) {
    throw new ExpectedError("The bundle's PrivateKey is no private key in PEM form.", { cause: error });
  }
}
