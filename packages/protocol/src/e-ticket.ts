import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import type { KeyPair } from './algorithms/signature-algorithm.ts';
import { algorithm as sm2Sm3 } from './algorithms/sm2-sm3.ts';
import { hasCodeCharacters } from './codes.ts';
import { ProtocolError } from './errors.ts';
import { generateSm2KeyPair, sm2KeyOfPoint, sm2PointOf } from './sm2/sm2-keys.ts';
import { signSm2, verifySm2 } from './sm2/sm2-signature.ts';
import { decodeCanonicalBase64 } from './text.ts';
import { CLEAR_LENGTH } from './ticket-code/read-ticket-code.ts';
import type { WallClock } from './time.ts';

/** What an e-ticket's QR says: which ticket, and when the platform last verified it. Scheme 5.1.4; reading C5. */
export type ETicketContent = {
  /** Host, with its port where it has one, of the platform's own address. */
  readonly host: string;
  /** The ticket info code, as a printed ticket holds it. */
  readonly code: string;
  /** The verification time, in Unix seconds. */
  readonly time: number;
  readonly keyId: string;
};

/** An e-ticket's QR taken apart; nothing in it is proven yet. */
export type ETicketText = ETicketContent & {
  readonly signedText: string;
  readonly signature: Buffer;
};

/** Why a text is not read as an e-ticket: it is something else, or began as one and was damaged or changed. */
export type ETicketFault = 'not-an-e-ticket' | 'damaged-e-ticket';

/** For how long the QR of an e-ticket counts after its verification time, and before it for clocks that differ. Scheme 5.1.4. */
const E_TICKET_LIFE_SECONDS = 300;

/** Says whether a verification time is at most five minutes from now, both in Unix seconds. Scheme 5.1.4; reading C5. */
export const isETicketFresh = (time: number, now: number): boolean => Math.abs(now - time) <= E_TICKET_LIFE_SECONDS;

// The code as bytes: its clear part unchanged, then the block decoded from its Base64.
const packCode = (code: string): string => {
  const clear = code.slice(0, CLEAR_LENGTH);
  const block = Buffer.from(code.slice(CLEAR_LENGTH), 'base64');
  const packed = Buffer.concat([Buffer.from(clear, 'latin1'), block]).toString('base64url');
  if (unpackCode(packed) === code) return packed;
  throw new ProtocolError('INVALID_TICKET_CODE', 'an e-ticket can only be made of a ticket info code');
};

const unpackCode = (packed: string): string | null => {
  const bytes = decodeBase64Url(packed);
  if (bytes === null || bytes.length <= CLEAR_LENGTH) return null;
  const clear = bytes.toString('latin1', 0, CLEAR_LENGTH);
  return hasCodeCharacters(clear) ? clear + bytes.toString('base64', CLEAR_LENGTH) : null;
};

/** Bytes in the one spelling that base64url without filling has for them. */
const decodeBase64Url = (text: string): Buffer | null => {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : null;
};

/**
 * Writes the text of an e-ticket's QR: a URL in the structure of GB/T 33993-2024, signed (`signETicket`) over everything before `&s=`.
 * Throws INVALID_TICKET_CODE if the code is malformed. Scheme 5.1.4; reading C5.
 */
export const writeETicket = ({ host, code, time, keyId }: ETicketContent, sign: (text: Buffer) => Buffer): string => {
  const signedText = `https://${host}/t?c=${packCode(code)}&t=${time}&k=${keyId}`;
  return `${signedText}&s=${sign(Buffer.from(signedText)).toString('base64url')}`;
};

// Case-insensitive: Caps Lock may have changed the letters.
const LIKE_AN_E_TICKET = /^https:\/\/[^/?#\s]+\/t\?c=/i;

const E_TICKET =
  /^(?<signedText>https:\/\/(?<host>[a-z0-9._-]+(?::\d{1,5})?|\[[0-9a-f:.]+\](?::\d{1,5})?)\/t\?c=(?<code>[\w-]{1,4000})&t=(?<time>0|[1-9]\d{0,11})&k=(?<keyId>[\w-]{11}))&s=(?<signature>[\w-]{86})$/;

/** Takes the text of an e-ticket's QR apart, or says why it cannot. Reading C5. */
export const readETicket = (text: string): ETicketText | ETicketFault => {
  if (!LIKE_AN_E_TICKET.test(text)) return 'not-an-e-ticket';
  const parts = E_TICKET.exec(text)?.groups;
  const code = unpackCode(parts?.code ?? '');
  const signature = decodeBase64Url(parts?.signature ?? '');
  if (parts === undefined || code === null || signature === null) return 'damaged-e-ticket';
  const { signedText = '', host = '', time = '', keyId = '' } = parts;
  return { host, code, time: Number(time), keyId, signedText, signature };
};

/** A key that a platform signs e-tickets with, as it publishes it. Reading C5. */
export type ETicketKey = {
  readonly keyId: string;
  /** An Ed25519 or SM2 key. */
  readonly publicKey: KeyObject;
  readonly validFrom: WallClock;
  /** Until when its e-tickets are accepted, which is ten minutes longer than it signs. */
  readonly validUntil: WallClock;
  readonly revokedAt: WallClock | null;
};

const KEY_ID_BYTES = 8;

/** What e-tickets are signed with; the first unless another is asked for. Reading C5. */
export const E_TICKET_ALGORITHMS = ['ed25519', 'sm2-sm3'] as const;

export type ETicketAlgorithm = (typeof E_TICKET_ALGORITHMS)[number];

export const eTicketAlgorithmOf = (key: KeyObject): ETicketAlgorithm =>
  key.asymmetricKeyType === 'ed25519' ? 'ed25519' : 'sm2-sm3';

/** Makes a key pair that signs e-tickets. @throws KeyRefusal if this runtime has no such keys. */
export const generateETicketKeyPair = (algorithm: ETicketAlgorithm): KeyPair => {
  if (algorithm === 'ed25519') return generateKeyPairSync('ed25519');
  sm2Sm3.assertHere?.();
  return generateSm2KeyPair();
};

/** The bytes of a key's public half: 32 of an Ed25519 key, 65 (`04‖x‖y`) of an SM2 key. */
const rawPublicKey = (key: KeyObject): Buffer => {
  const point = sm2PointOf(key);
  if (point !== null) return point;
  const { crv, x } = key.export({ format: 'jwk' });
  if (crv !== 'Ed25519' || x === undefined) throw new TypeError('e-tickets are signed with Ed25519 or SM2');
  return Buffer.from(x, 'base64url');
};

/** The name of a key in e-tickets: the first 8 bytes of the SHA-256 of its public half, in base64url. Reading C5. */
export const eTicketKeyId = (publicKey: KeyObject): string =>
  createHash('sha256').update(rawPublicKey(publicKey)).digest().subarray(0, KEY_ID_BYTES).toString('base64url');

/** The element PublicKey of a key: its 32 or 65 bytes in Base64. */
export const eTicketPublicKeyText = (publicKey: KeyObject): string => rawPublicKey(publicKey).toString('base64');

/** Reads the element PublicKey of a key. Throws PUBLIC_KEY_UNREADABLE. */
export const parseETicketPublicKey = (text: string): KeyObject => {
  const bytes = decodeCanonicalBase64(text) ?? Buffer.alloc(0);
  const key = bytes.length === 32 ? ed25519Key(bytes) : sm2KeyOfPoint(bytes);
  if (key !== null) return key;
  throw new ProtocolError('PUBLIC_KEY_UNREADABLE', 'must be an Ed25519 key (32 bytes) or an SM2 key (65), in Base64');
};

const ed25519Key = (bytes: Buffer): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }, format: 'jwk' });

/** Signs the text of an e-ticket; 64 bytes. Reading C5. */
export const signETicket = (signedText: Buffer, privateKey: KeyObject): Buffer =>
  eTicketAlgorithmOf(privateKey) === 'ed25519' ? sign(null, signedText, privateKey) : signSm2(signedText, privateKey);

/** Says whether a key signed an e-ticket. Whether the key is still accepted is another question. Reading C5. */
export const verifyETicket = ({ signedText, signature }: ETicketText, publicKey: KeyObject): boolean =>
  eTicketAlgorithmOf(publicKey) === 'ed25519'
    ? verify(null, Buffer.from(signedText), publicKey, signature)
    : verifySm2(signedText, signature, publicKey);
