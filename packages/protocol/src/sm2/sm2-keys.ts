import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { decodeCanonicalBase64, orNull } from '../text.ts';

// DER of SubjectPublicKeyInfo { id-ecPublicKey, sm2p256v1 } up to the point. GB/T 35276; RFC 8998.
const SPKI_HEAD = Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d034200', 'hex');
const POINT_BYTES = 65;

const points = new WeakMap<KeyObject, Buffer>();

/** The point `04‖x‖y` of an SM2 public key, 65 bytes, or null. Node names neither type nor curve of such a key, so its DER decides. */
export const sm2PointOf = (publicKey: KeyObject): Buffer | null => {
  const kept = points.get(publicKey);
  if (kept !== undefined) return kept;
  if (publicKey.asymmetricKeyType !== undefined) return null;
  const der = publicKey.export({ type: 'spki', format: 'der' });
  if (der.length !== SPKI_HEAD.length + POINT_BYTES || !der.subarray(0, SPKI_HEAD.length).equals(SPKI_HEAD))
    return null;
  const point = der.subarray(SPKI_HEAD.length);
  points.set(publicKey, point);
  return point;
};

/** The key of a point `04‖x‖y`; null where it is not on the curve. */
export const sm2KeyOfPoint = (point: Buffer): KeyObject | null =>
  point.length === POINT_BYTES && point[0] === 4 ? fromDer(Buffer.concat([SPKI_HEAD, point])) : null;

const fromDer = (der: Buffer) => orNull(() => createPublicKey({ key: der, format: 'der', type: 'spki' }));

const fromPem = (text: string) =>
  orNull(() => (text.includes('BEGIN CERTIFICATE') ? new X509Certificate(text).publicKey : createPublicKey(text)));

const POINT_HEX = /^(?:04)?([0-9a-f]{128})$/i;

/** Reads an SM2 public key: PEM (SPKI, certificate), Base64 of its DER, `04‖x‖y` or `x‖y` in hex; null for any other text. */
export const readSm2PublicKey = (text: string): KeyObject | null => {
  const trimmed = text.trim();
  // A private key is not taken for its public half.
  if (trimmed.includes('PRIVATE KEY')) return null;
  const hex = POINT_HEX.exec(trimmed)?.[1];
  if (hex !== undefined) return sm2KeyOfPoint(Buffer.from(`04${hex}`, 'hex'));
  const der = decodeCanonicalBase64(trimmed.replace(/[\r\n]+/g, ''));
  const key = der === null ? fromPem(trimmed) : fromDer(der);
  return key !== null && sm2PointOf(key) !== null ? key : null;
};

/** A private key as one that signs SM2; null for a key of another kind. */
export const asSm2PrivateKey = (key: KeyObject): KeyObject | null => {
  // A key that was generated or read as one of an elliptic curve would sign plain ECDSA.
  const pem = key.asymmetricKeyDetails?.namedCurve === 'SM2' ? key.export({ type: 'pkcs8', format: 'pem' }) : null;
  const signing = pem === null ? key : createPrivateKey(pem);
  return signing.type === 'private' && sm2PointOf(createPublicKey(signing)) !== null ? signing : null;
};

export const generateSm2KeyPair = () => {
  const made = generateKeyPairSync('ec', { namedCurve: 'SM2' });
  const privateKey = createPrivateKey(made.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  return { privateKey, publicKey: createPublicKey(privateKey) };
};
