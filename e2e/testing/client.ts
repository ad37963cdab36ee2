import { constants, hash, privateEncrypt } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

// A client of signed Apis that knows the scheme and node's own modules only.

/** What an account's holder was handed: the file that `account add` writes. */
export interface Bundle {
  Url: string;
  Username: string;
  PrivateKey: string;
  CaCertificate: string;
  CinemaCodes: string[];
}

export type Reply = { status: number; headers: Readonly<Record<string, string | string[] | undefined>>; text: string };

/** The wall clock of Shanghai, `secondsFromNow` off. */
export const shanghaiTime = (secondsFromNow = 0): string =>
  new Date(Date.now() + (secondsFromNow + 8 * 3600) * 1000).toISOString().slice(0, 19);

/** The hex MD5 digest of a text in a block of the private key. */
const signatureOf = (text: string, key: string): string =>
  privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(hash('md5', text))).toString('base64');

/** A request body. `query` that is a text is QueryData as it stands. */
export function signedBody(
  { Username, PrivateKey }: Pick<Bundle, 'Username' | 'PrivateKey'>,
  Api: string,
  query: unknown,
  { Version = '1.0', Datetime = shanghaiTime() } = {},
): string {
  const queryText = typeof query === 'string' ? query : JSON.stringify(query);
  const Signature = signatureOf(Version + Datetime + Username + Api + queryText, PrivateKey);
  const elements = JSON.stringify({ Version, Datetime, Username, Api, Signature });
  return `${elements.slice(0, -1)},"QueryData":${queryText}}`;
}

/** Sends these bytes, with no header but those named, on a connection of their own unless an agent keeps them. */
export async function request(
  { Url, CaCertificate }: Pick<Bundle, 'Url' | 'CaCertificate'>,
  body: string | Buffer,
  { method = 'POST', headers = {}, agent }: { method?: string; headers?: Record<string, string>; agent?: Agent } = {},
): Promise<Reply> {
  const sent = httpsRequest(Url, { method, ca: CaCertificate, agent: agent ?? false, headers }).end(body);
  const [incoming] = (await once(sent, 'response')) as [IncomingMessage];
  sent.on('error', () => {});
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, text: await text(incoming) };
}

/** ReplyData of a reply, whatever its HTTP status. */
export const replyData = (reply: Reply): Record<string, unknown> => JSON.parse(reply.text).ReplyData;

/** Asks one question, as a peer that announces these extensions, and answers ReplyData. */
export async function ask(bundle: Bundle, api: string, query: unknown, extensions = '') {
  const headers: Record<string, string> = extensions === '' ? {} : { 'ticket-check-extensions': extensions };
  return replyData(await request(bundle, signedBody(bundle, api, query), { headers }));
}
