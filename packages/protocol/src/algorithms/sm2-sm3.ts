import type { KeyObject } from 'node:crypto';
import { readRsaPublicKey } from '../rsa/rsa-public-key.ts';
import { asSm2PrivateKey, generateSm2KeyPair, readSm2PublicKey } from '../sm2/sm2-keys.ts';
import {
  hasSm2,
  readSm2Signature,
  SM2_ID,
  SM2_SIGNATURE_BYTES,
  signSm2,
  sm2SignatureDer,
  verifySm2,
} from '../sm2/sm2-signature.ts';
import { decodeCanonicalBase64, orNull } from '../text.ts';
import { KeyRefusal, readPrivatePem, type SignatureAlgorithm } from './signature-algorithm.ts';

const NAME = 'sm2-sm3';

/** How a signature is written: DER, as OpenSSL does, or the 64 bytes `r‖s`. */
const FORMS = ['der', 'r-s'] as const;

/** Longer ids are nobody's, and white space in one would be lost in a command. */
const ID = /^[\x21-\x7e]{1,64}$/;

const NEEDS_RSA = 'is an RSA key, but the algorithm is sm2-sm3, which needs an SM2 key; the other one is rsa-md5.';

const isRsaKey = (text: string): boolean => orNull(() => readRsaPublicKey(text) !== null) ?? true;

const readPublicKey = (text: string): KeyObject => {
  const key = readSm2PublicKey(text);
  if (key !== null) return key;
  if (isRsaKey(text)) throw new KeyRefusal(`The public key ${NEEDS_RSA}`);
  throw new KeyRefusal(
    'The public key cannot be used: it must be an SM2 public key: PEM, Base64 of its DER, a PEM certificate, or 04 and the 128 hex digits of x and y.',
  );
};

const readPrivateKey = (pem: string): KeyObject => {
  const key = readPrivatePem(pem);
  const signing = asSm2PrivateKey(key);
  if (signing !== null) return signing;
  if (key.asymmetricKeyType === 'rsa') throw new KeyRefusal(`The private key ${NEEDS_RSA}`);
  throw new KeyRefusal(`The private key is of type ${key.asymmetricKeyType}, not SM2.`);
};

let decoy: KeyObject | undefined;

/**
 * SM2 over SM3 (GB/T 32918.2, GB/T 35276), the second algorithm of accounts, over the same text; `id` is the user id in
 * Z, on which both sides have to agree. Beyond the scheme; reading E3.
 * @param isHere whether this runtime has SM2; tests say no
 */
export const sm2Sm3 = (id = SM2_ID, isHere = hasSm2): SignatureAlgorithm => {
  const here = <R>(run: () => R): R => {
    if (isHere()) return run();
    throw new KeyRefusal(
      'This Node.js has no SM2, because its OpenSSL was built without it: use the Node.js that pnpm installs here, or one of nodejs.org.',
    );
  };
  return {
    name: id === SM2_ID ? NAME : `${NAME}:${id}`,
    module: import.meta.url,
    forms: FORMS,
    generateKeyPair: async () => here(generateSm2KeyPair),
    readPublicKey: (text) => here(() => readPublicKey(text)),
    readPrivateKey: (pem) => here(() => readPrivateKey(pem)),
    judgePrivateKey: () => null,
    keyBits: () => 256,
    signatureLength: () => SM2_SIGNATURE_BYTES,
    decoy(signatureLength) {
      if (signatureLength !== SM2_SIGNATURE_BYTES || !isHere()) return null;
      decoy ??= generateSm2KeyPair().publicKey;
      return decoy;
    },
    sign(text, privateKey, form = FORMS[0]) {
      const signature = signSm2(text, privateKey, id);
      return (form === 'r-s' ? signature : sm2SignatureDer(signature)).toString('base64');
    },
    readSignature(signature) {
      const bytes = decodeCanonicalBase64(signature.replace(/[\r\n]+/g, ''));
      return bytes === null ? null : readSm2Signature(bytes);
    },
    verify(texts, signature, publicKey) {
      for (const text of texts) if (verifySm2(text, signature, publicKey, id)) return true;
      return false;
    },
    assertHere: () => here(() => {}),
    variant: (other) => (ID.test(other) ? sm2Sm3(other, isHere) : null),
  };
};

export const algorithm: SignatureAlgorithm = sm2Sm3();
