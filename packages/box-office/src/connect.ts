import type { KeyObject } from 'node:crypto';
import { type Bundle, bundleAlgorithm, createUpstream, type Upstream } from '@ticket-check/exchange';
import type { SignatureAlgorithm } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';

/** A client of whoever issued the bundle, one that speaks the scheme and nothing more. The caller closes it. */
export function connectByBundle(bundle: Bundle, now: () => number): Upstream {
  const algorithm = bundleAlgorithm(bundle);
  return createUpstream({
    url: bundle.Url,
    username: bundle.Username,
    algorithm,
    privateKey: readPrivateKey(bundle.PrivateKey, algorithm),
    ca: bundle.CaCertificate,
    extensions: [],
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
