import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  X509Certificate,
} from 'node:crypto';
import { ProtocolError } from '../errors.ts';
import { decodeCanonicalBase64, orNull } from '../text.ts';
import { weaknessOf } from './weak-modulus.ts';

const LEAST_MODULUS_BITS = 1024;
// A public operation costs what the lengths of modulus and exponent make of it: with 4096 bits and an exponent of 2^32
// it is 0.15 ms, and without a bound a few keys would keep a processor busy.
const MAX_MODULUS_BITS = 4096;
// Type-1 blocks without a hash inside are forgeable under small exponents. Reading T2.
const LEAST_EXPONENT = 65_537n;
const MAX_EXPONENT = 2n ** 32n;
// Many times the longest certificate of a key that is accepted.
const MAX_CHARACTERS = 16_384;

const PEM = /^-----BEGIN ([A-Z0-9 ]+)-----([\s\S]+)-----END \1-----$/;
/** As .NET's ToXmlString writes it, and as XML libraries save it. */
const XML = /^(?:<\?xml[^>]*>\s*)?<RSAKeyValue>([\s\S]*)<\/RSAKeyValue>$/;
const HEX_PAIR = /^([0-9a-f]+)\|([0-9a-f]+)$/i;

/** The message for a text that is not such a key, after its name. */
export const NO_RSA_KEY =
  'must be an RSA public key: Base64 of its DER (SubjectPublicKeyInfo or PKCS#1), PEM, a PEM certificate, <RSAKeyValue>, or <hex modulus>|<hex exponent>';

type PublicDer = 'spki' | 'pkcs1' | 'certificate';

const refusePrivateKey = (): never => {
  const advice = 'send only the public half of a new key pair, because this one is no longer secret';
  throw new ProtocolError('PUBLIC_KEY_UNREADABLE', `is a private key: ${advice}`);
};

const isPrivateKey = (der: Buffer): boolean =>
  (['pkcs1', 'pkcs8'] as const).some(
    (type) => orNull(() => createPrivateKey({ key: der, format: 'der', type }))?.asymmetricKeyType === 'rsa',
  );

const fromDer = (der: Buffer, kind: PublicDer): KeyObject | null => {
  if (kind === 'certificate') return orNull(() => new X509Certificate(der).publicKey);
  // OpenSSL would read the public half of a private key.
  if (kind === 'pkcs1' && isPrivateKey(der)) return refusePrivateKey();
  return orNull(() => createPublicKey({ key: der, format: 'der', type: kind }));
};

const PEM_LABELS: Readonly<Record<string, PublicDer>> = {
  'PUBLIC KEY': 'spki',
  'RSA PUBLIC KEY': 'pkcs1',
  CERTIFICATE: 'certificate',
};

const fromPem = (label: string, body: string): KeyObject | null => {
  const kind = Object.hasOwn(PEM_LABELS, label) ? PEM_LABELS[label] : undefined;
  const der = decodeCanonicalBase64(body.replace(/\s+/g, ''));
  if (der === null) return null;
  if (kind === undefined) return isPrivateKey(der) ? refusePrivateKey() : null;
  return fromDer(der, kind);
};

const base64urlOfHex = (hex: string): string => {
  const digits = hex.replace(/^0+/, '');
  return Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex').toString('base64url');
};

const xmlElement = (content: string, name: string): string => {
  const base64 = new RegExp(`<${name}>([^<]*)</${name}>`).exec(content)?.[1]?.replace(/\s+/g, '') ?? '';
  return decodeCanonicalBase64(base64)?.toString('hex') ?? '';
};

const fromHexPair = (modulus: string, exponent: string): KeyObject | null => {
  if (modulus === '' || exponent === '') return null;
  const jwk = { kty: 'RSA', n: base64urlOfHex(modulus), e: base64urlOfHex(exponent) };
  return orNull(() => createPublicKey({ key: jwk, format: 'jwk' }));
};

const readKey = (text: string): KeyObject | null => {
  const [, label, body] = PEM.exec(text) ?? [];
  if (label !== undefined && body !== undefined) return fromPem(label, body);
  const xml = XML.exec(text)?.[1];
  if (xml !== undefined) {
    if (/<[DP]>/.test(xml)) return refusePrivateKey();
    return fromHexPair(xmlElement(xml, 'Modulus'), xmlElement(xml, 'Exponent'));
  }
  const [, modulus, exponent] = HEX_PAIR.exec(text) ?? [];
  if (modulus !== undefined && exponent !== undefined) return fromHexPair(modulus, exponent);
  const der = decodeCanonicalBase64(text.replace(/[\r\n]+/g, ''));
  return der === null ? null : (fromDer(der, 'spki') ?? fromDer(der, 'pkcs1'));
};

/**
 * Reads an RSA public key: Base64 of the DER SubjectPublicKeyInfo or of PKCS#1, PEM of either or of a certificate,
 * `<RSAKeyValue>`, `<hex modulus>|<hex exponent>`; null if the text is none. Takes 0.3 to 0.7 ms, so keep the key.
 * Throws PUBLIC_KEY_UNREADABLE (a private key, or an even modulus), PUBLIC_KEY_TOO_SHORT (below 1024 bits),
 * PUBLIC_KEY_TOO_LONG (above 4096), PUBLIC_KEY_EXPONENT (below 65537, above 2^32, or even) or PUBLIC_KEY_WEAK
 * (`weaknessOf`). Scheme 6.6.1.4.1.1; readings K1 and T2.
 */
export const readRsaPublicKey = (text: string) => {
  const key = text.length > MAX_CHARACTERS ? null : readKey(text.trim());
  if (key === null || key.asymmetricKeyType !== 'rsa') return null;
  const { modulusLength: bits = 0, publicExponent: exponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (bits < LEAST_MODULUS_BITS) {
    throw new ProtocolError('PUBLIC_KEY_TOO_SHORT', `must have a modulus of at least 1024 bits, has ${bits}`);
  }
  if (bits > MAX_MODULUS_BITS) {
    throw new ProtocolError('PUBLIC_KEY_TOO_LONG', `must have a modulus of at most 4096 bits, has ${bits}`);
  }
  if (exponent < LEAST_EXPONENT || exponent > MAX_EXPONENT || exponent % 2n === 0n) {
    throw new ProtocolError('PUBLIC_KEY_EXPONENT', 'must have an odd public exponent from 65537 to 4294967296 (2^32)');
  }
  const modulus = Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url');
  if (((modulus.at(-1) ?? 0) & 1) === 0) {
    throw new ProtocolError('PUBLIC_KEY_UNREADABLE', 'has an even modulus, so it was damaged: send the key again');
  }
  const weakness = weaknessOf(BigInt(`0x${modulus.toString('hex')}`));
  if (weakness !== null) {
    throw new ProtocolError('PUBLIC_KEY_WEAK', `has a modulus that ${weakness}: make a new key pair`);
  }
  return { key, modulus };
};

/** Takes a block back to what was put into it; throws where the padding is wrong. */
export type PublicOperation = (key: KeyObject, block: Buffer) => Buffer;

/** Puts bytes into a PKCS#1 v1.5 block of type 1, as long as the key's modulus. Readings T2 and E3. */
export const sealBlock = (payload: Buffer, privateKey: KeyObject): Buffer => privateEncrypt(privateKey, payload);

/** What the private half of a key has put into a block; null if it was another key. */
export const openBlock = (block: Buffer, publicKey: KeyObject, operation: PublicOperation = publicDecrypt) =>
  // An options object around the KeyObject makes the call more than twice as slow.
  orNull(() => operation(publicKey, block));
