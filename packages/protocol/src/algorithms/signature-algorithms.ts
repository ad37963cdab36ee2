import { algorithm as rsaMd5 } from './rsa-md5.ts';
import type { SignatureAlgorithm } from './signature-algorithm.ts';
import { algorithm as sm2Sm3 } from './sm2-sm3.ts';

/** Every algorithm in which requests can be signed; a new one is added here. */
export const SIGNATURE_ALGORITHMS: readonly SignatureAlgorithm[] = [rsaMd5, sm2Sm3];

/** The algorithm of a name, or its variant where a parameter follows after a colon; null if none is known. */
export const findAlgorithm = (name: string): SignatureAlgorithm | null => {
  const [base, ...parameter] = name.split(':');
  const algorithm = SIGNATURE_ALGORITHMS.find((one) => one.name === base) ?? null;
  return parameter.length === 0 ? algorithm : (algorithm?.variant?.(parameter.join(':')) ?? null);
};
