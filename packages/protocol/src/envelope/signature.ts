import type { KeyObject } from 'node:crypto';
import { algorithm as SCHEME_ALGORITHM } from '../algorithms/rsa-md5.ts';
import type { SignatureAlgorithm } from '../algorithms/signature-algorithm.ts';
import type { WallClock } from '../time.ts';
import type { Envelope } from './read-envelope.ts';
import { withoutWhiteSpace } from './scan-json.ts';

/** The five signed elements, QueryData as text. */
export type SignedParts = Pick<Envelope, 'version' | 'datetime' | 'username' | 'api' | 'queryText'>;

/** The text under a signature: the five elements, nothing between them. Scheme 6.5.2.5; reading E2. */
export const signedText = ({ version, datetime, username, api, queryText }: SignedParts): string =>
  version + datetime + username + api + queryText;

/** The texts that a signature may cover: QueryData as received, then, only where asked for, without insignificant white space. E2. */
function* signedTexts(parts: SignedParts): Generator<string> {
  yield signedText(parts);
  const queryText = withoutWhiteSpace(parts.queryText);
  if (queryText !== parts.queryText) yield signedText({ ...parts, queryText });
}

/** Whether a Signature covers the five elements, QueryData as received or without insignificant white space. 6.5.2.5; E2 and E3. */
export const verifySignature = (
  envelope: SignedParts & Pick<Envelope, 'signature'>,
  publicKey: KeyObject,
  algorithm: SignatureAlgorithm = SCHEME_ALGORITHM,
): boolean => {
  const signature = algorithm.readSignature(envelope.signature);
  return signature !== null && isSignedBy(envelope, signature, publicKey, algorithm);
};

export const isSignedBy = (parts: SignedParts, signature: Buffer, key: KeyObject, algorithm: SignatureAlgorithm) =>
  algorithm.verify(signedTexts(parts), signature, key);

/** The Version that is sent. Scheme 6.5.2.1; reading E5. */
export const VERSION = '1.0';

type RequestContent = {
  readonly datetime: WallClock;
  readonly username: string;
  readonly api: string;
  readonly query: unknown;
};

/** Writes a request but for its Signature, which may be made elsewhere: it takes far longer than all the rest. */
export const unsignedRequest = ({ datetime, username, api, query }: RequestContent) => {
  const queryText = JSON.stringify(query);
  return {
    /** The text to sign. Scheme 6.5.2.5. */
    text: signedText({ version: VERSION, datetime, username, api, queryText }),
    /** The signed request as compact JSON, elements in the order of the scheme's examples. Scheme 6.4.1. */
    body(signature: string): string {
      const head = { Version: VERSION, Datetime: datetime, Username: username, Api: api, Signature: signature };
      // The very characters that were signed.
      return `${JSON.stringify(head).slice(0, -1)},"QueryData":${queryText}}`;
    },
  };
};

/** Writes a request that is signed with the scheme's algorithm and its usual form where no other is named. */
export const writeRequest = ({
  privateKey,
  algorithm = SCHEME_ALGORITHM,
  form,
  ...content
}: RequestContent & { privateKey: KeyObject; algorithm?: SignatureAlgorithm; form?: string | undefined }): string => {
  const { text, body } = unsignedRequest(content);
  return body(algorithm.sign(text, privateKey, form));
};
