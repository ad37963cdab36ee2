import { algorithm as rsaMd5 } from './rsa-md5.ts';
import type { SignatureAlgorithm } from './signature-algorithm.ts';

/** The algorithm that the scheme prescribes (6.5.2.5): meant wherever no other is named. */
export const SCHEME_ALGORITHM: SignatureAlgorithm = rsaMd5;

/** Every algorithm in which requests can be signed; a new one is added here. */
export const SIGNATURE_ALGORITHMS: readonly SignatureAlgorithm[] = [SCHEME_ALGORITHM];
