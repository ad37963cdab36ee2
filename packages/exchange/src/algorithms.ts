import { findAlgorithm, SCHEME_ALGORITHM, SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';

/** The signature algorithm of a name, the scheme's by default. @throws ExpectedError, which begins with `source`, if it is unknown. */
export function algorithmNamed(name: string | undefined, source: string): SignatureAlgorithm {
  if (name === undefined) return SCHEME_ALGORITHM;
  const found = findAlgorithm(name);
  if (found !== null) return found;
  const known = SIGNATURE_ALGORITHMS.map((algorithm) => algorithm.name).join(', ');
  throw new ExpectedError(
    `${source} names the signature algorithm ${JSON.stringify(name)}, which this version does not know: it knows ${known}.`,
  );
}
