import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, sign, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { KeyRefusal, SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from '@ticket-check/protocol';

const generate = promisify(generateKeyPair);
const SIGNATURE_BYTES = 64;
let decoy: KeyObject | undefined;

function assertEd25519(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new KeyRefusal(`The key is of type ${key.asymmetricKeyType}, not Ed25519.`);
}

/** Ed25519 over the whole text, as a second algorithm of tests: this file is all that there is to it. */
export const algorithm: SignatureAlgorithm = {
  name: 'ed25519',
  module: import.meta.url,
  forms: ['base64', 'hex'],
  generateKeyPair: () => generate('ed25519'),
  readPublicKey: (text) => assertEd25519(createPublicKey(text)),
  readPrivateKey: (pem) => assertEd25519(createPrivateKey(pem)),
  judgePrivateKey: () => null,
  keyBits: () => 256,
  signatureLength: () => SIGNATURE_BYTES,
  decoy(signatureLength) {
    if (signatureLength !== SIGNATURE_BYTES) return null;
    // RFC 8032, 7.1, test 1.
    const x = '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo';
    decoy ??= createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return decoy;
  },
  sign: (text, privateKey, form = 'base64') =>
    sign(null, Buffer.from(text), privateKey).toString(form === 'hex' ? 'hex' : 'base64'),
  readSignature: (signature) => Buffer.from(signature, /^[0-9a-f]{128}$/.test(signature) ? 'hex' : 'base64'),
  verify(texts, signature, publicKey) {
    for (const text of texts) if (verify(null, Buffer.from(text), publicKey, signature)) return true;
    return false;
  },
};

/** Makes these the known algorithms; returns what puts the former ones back. */
export function useAlgorithms(...algorithms: readonly SignatureAlgorithm[]): () => void {
  const known = SIGNATURE_ALGORITHMS as SignatureAlgorithm[];
  const before = known.splice(0, known.length, ...algorithms);
  return () => void known.splice(0, known.length, ...before);
}
