import { createHash, createPublicKey, createSign, createVerify, type KeyObject } from 'node:crypto';
import { orNull } from '../text.ts';
import { sm2KeyOfPoint, sm2PointOf } from './sm2-keys.ts';

/** The user id that GB/T 35276 prescribes where nothing else was agreed. */
export const SM2_ID = '1234567812345678';

export const SM2_SIGNATURE_BYTES = 64;
const HALF = SM2_SIGNATURE_BYTES / 2;

// a, b, Gx and Gy of the curve. GB/T 32918.5.
const CURVE = Buffer.from(
  'fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93' +
    '32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0',
  'hex',
);

const identities = new WeakMap<KeyObject, { readonly id: string; readonly z: Buffer }>();

/** Z, which is hashed before the text: SM3 over id, curve and public key. GB/T 32918.2, 5.5. */
const identityOf = (key: KeyObject, id: string): Buffer => {
  const kept = identities.get(key);
  if (kept?.id === id) return kept.z;
  const point = sm2PointOf(key.type === 'private' ? createPublicKey(key) : key);
  if (point === null) throw new TypeError('this is no SM2 key');
  const name = Buffer.from(id);
  const bits = Buffer.alloc(2);
  bits.writeUInt16BE(name.length * 8);
  const z = createHash('sm3').update(bits).update(name).update(CURVE).update(point.subarray(1)).digest();
  identities.set(key, { id, z });
  return z;
};

/** Signs a text with SM2 over SM3; returns `r‖s`, 64 bytes. */
export const signSm2 = (text: string | Buffer, privateKey: KeyObject, id = SM2_ID): Buffer => {
  const der = createSign('sm3').update(identityOf(privateKey, id)).update(text).sign(privateKey);
  const signature = readSm2Signature(der);
  if (signature === null) throw new TypeError('OpenSSL made no SM2 signature');
  return signature;
};

/** Says whether `r‖s` is the SM2 signature of a text. One with r or s out of range is refused sooner, whatever the key. */
export const verifySm2 = (text: string | Buffer, signature: Buffer, publicKey: KeyObject, id = SM2_ID): boolean =>
  signature.length === SM2_SIGNATURE_BYTES &&
  createVerify('sm3').update(identityOf(publicKey, id)).update(text).verify(publicKey, sm2SignatureDer(signature));

const INTEGER = 0x02;
const SEQUENCE = 0x30;

const derInteger = (bytes: Buffer): Buffer => {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? bytes.subarray(-1) : bytes.subarray(first);
  const sign = (digits[0] ?? 0) & 0x80 ? [0] : [];
  return Buffer.from([INTEGER, sign.length + digits.length, ...sign, ...digits]);
};

/** The DER `SEQUENCE { r, s }` of `r‖s`. */
export const sm2SignatureDer = (signature: Buffer): Buffer => {
  const content = Buffer.concat([derInteger(signature.subarray(0, HALF)), derInteger(signature.subarray(HALF))]);
  return Buffer.concat([Buffer.from([SEQUENCE, content.length]), content]);
};

/** `r‖s` of a signature in DER or as `r‖s`; null for any other bytes. */
export const readSm2Signature = (bytes: Buffer): Buffer | null => {
  if (bytes.length === SM2_SIGNATURE_BYTES) return bytes;
  const rEnd = 4 + (bytes[3] ?? 0);
  const halves = [bytes.subarray(4, rEnd), bytes.subarray(rEnd + 2)].map((digits) => {
    const short = digits[0] === 0 ? digits.subarray(1) : digits;
    return short.length > HALF ? Buffer.alloc(0) : Buffer.concat([Buffer.alloc(HALF - short.length), short]);
  });
  const signature = Buffer.concat(halves);
  // Written again, so that each signature has one spelling in DER.
  return signature.length === SM2_SIGNATURE_BYTES && sm2SignatureDer(signature).equals(bytes) ? signature : null;
};

/** What a runtime has to verify to be trusted with SM2; made by OpenSSL. */
const SELF_TEST = {
  text: 'self-test',
  point:
    '044f8e1e62e215dffaea5e8207fc09fe3f5e85b50b382c1f7c73eefb23c077c8b329fb9c3a27a31a0d0c98603703604fcab621df8d57f598240380826a12ca0fc3',
  signature:
    'b37bef6a06960e5ef85fddde2f03cd815b77fd5cb779cfcbd897ec68c6cec71ddb7e1a1d4464a2a7b481f8597a6542cd7994717d60b3bc3873df300b3c3dc8d8',
};

let works: boolean | undefined;

/** Whether this runtime has SM2, which some builds of OpenSSL leave out. */
export const hasSm2 = (): boolean => {
  works ??= orNull(selfTest) ?? false;
  return works;
};

const selfTest = (): boolean => {
  const key = sm2KeyOfPoint(Buffer.from(SELF_TEST.point, 'hex'));
  return key !== null && verifySm2(SELF_TEST.text, Buffer.from(SELF_TEST.signature, 'hex'), key);
};
