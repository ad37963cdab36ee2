import type { KeyObject } from 'node:crypto';
import type { WallClock } from '../time.ts';
import { type PayloadForm, sign, signedText } from './signature.ts';

/** The Version that is sent. Scheme 6.5.2.1; reading E5. */
export const VERSION = '1.0';

/** What a request says, and the key and form to sign it with. */
export type RequestParts = {
  readonly datetime: WallClock;
  readonly username: string;
  readonly api: string;
  /** QueryData with the wire's element names. */
  readonly query: unknown;
  readonly privateKey: KeyObject;
  readonly form: PayloadForm;
};

/** Writes a signed request as compact JSON, elements in the order of the scheme's examples. Scheme 6.4.1. */
export const writeRequest = ({ datetime, username, api, query, privateKey, form }: RequestParts): string => {
  const queryText = JSON.stringify(query);
  const signature = sign(signedText({ version: VERSION, datetime, username, api, queryText }), privateKey, form);
  const head = JSON.stringify({
    Version: VERSION,
    Datetime: datetime,
    Username: username,
    Api: api,
    Signature: signature,
  });
  // The very characters that were signed.
  return `${head.slice(0, -1)},"QueryData":${queryText}}`;
};
