import { algorithm as rsaMd5 } from './rsa-md5.ts';
import { type SignatureAlgorithm, variantNamed } from './signature-algorithm.ts';
import { algorithm as sm2Sm3 } from './sm2-sm3.ts';

/** Every algorithm in which requests can be signed; a new one is added here. */
export const SIGNATURE_ALGORITHMS: readonly SignatureAlgorithm[] = [rsaMd5, sm2Sm3];

export const findAlgorithm = (name: string): SignatureAlgorithm | null => {
  for (const algorithm of SIGNATURE_ALGORITHMS) {
    const found = variantNamed(algorithm, name);
    if (found !== null) return found;
  }
  return null;
};
