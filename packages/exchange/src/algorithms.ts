import { findAlgorithm, SCHEME_ALGORITHM, SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';

/**
 * The signature algorithm of a name; the scheme's where none is named.
 * @param source who names it, as the beginning of a sentence
 * @throws ExpectedError if this version does not know it.
 */
export function algorithmNamed(name: string | undefined, source: string): SignatureAlgorithm {
  if (name === undefined) return SCHEME_ALGORITHM;
  const found = findAlgorithm(name);
  if (found !== null) return found;
  const known = SIGNATURE_ALGORITHMS.map((algorithm) => algorithm.name).join(', ');
  throw new ExpectedError(
    `${source} names the signature algorithm ${JSON.stringify(name)}, which this version does not know: it knows ${known}.`,
  );
}
