import { generateKeyPair } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/** A self-signed certificate for localhost and 127.0.0.1 and its key, valid for a hundred years; it protects nothing. */
const certificateIn = (file: string) => {
  const [cert = '', key = ''] = readFileSync(new URL(file, import.meta.url), 'utf8').split(/(?=-----BEGIN)/);
  return { cert, key };
};
export const testTls = certificateIn('ecdsa.pem');
/** As above with an RSA key, which older suites ask for. */
export const rsaTls = certificateIn('rsa.pem');

const generate = promisify(generateKeyPair);
const made = new Map<string, Promise<KeyPairPem>>();

/** Both halves of a key pair, PEM. */
export type KeyPairPem = { publicKeyPem: string; privateKeyPem: string };

/** The RSA-2048 key pair that everybody of this name has in one process: making one takes longer than most tests. */
export function keyPairOf(username: string): Promise<KeyPairPem> {
  const pair = made.get(username) ?? makeKeyPair();
  made.set(username, pair);
  return pair;
}

async function makeKeyPair(): Promise<KeyPairPem> {
  const { publicKey, privateKey } = await generate('rsa', { modulusLength: 2048 });
  return {
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
