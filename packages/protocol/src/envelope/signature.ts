import type { KeyObject } from 'node:crypto';
import type { SignatureAlgorithm } from '../algorithms/signature-algorithm.ts';
import { SCHEME_ALGORITHM } from '../algorithms/signature-algorithms.ts';
import type { Envelope } from './read-envelope.ts';
import { withoutWhiteSpace } from './scan-json.ts';

/** The five signed elements, QueryData as text. */
export type SignedParts = Pick<Envelope, 'version' | 'datetime' | 'username' | 'api' | 'queryText'>;

/** The text under a signature: the five elements, nothing between them. Scheme 6.5.2.5; reading E2. */
export const signedText = ({ version, datetime, username, api, queryText }: SignedParts): string =>
  version + datetime + username + api + queryText;

/**
 * The texts that a signature may cover: QueryData exactly as received, then without the white space between its tokens.
 * The second is made only where it is asked for. Reading E2.
 */
function* signedTexts({ version, datetime, username, api, queryText }: SignedParts): Generator<string> {
  yield signedText({ version, datetime, username, api, queryText });
  const compact = withoutWhiteSpace(queryText);
  if (compact !== queryText) yield signedText({ version, datetime, username, api, queryText: compact });
}

/**
 * Says whether the envelope's Signature was made over its five elements with the private half of a key: over QueryData
 * exactly as received or, failing that, without the white space between its tokens, and in no other spelling.
 * Scheme 6.5.2.5; readings E2 and E3.
 */
export const verifySignature = (
  envelope: SignedParts & Pick<Envelope, 'signature'>,
  publicKey: KeyObject,
  algorithm: SignatureAlgorithm = SCHEME_ALGORITHM,
): boolean => {
  const signature = algorithm.readSignature(envelope.signature);
  return signature !== null && isSignedBy(envelope, signature, publicKey, algorithm);
};

/** The same for the bytes of a signature. */
export const isSignedBy = (
  parts: SignedParts,
  signature: Buffer,
  publicKey: KeyObject,
  algorithm: SignatureAlgorithm,
): boolean => algorithm.verify(signedTexts(parts), signature, publicKey);
