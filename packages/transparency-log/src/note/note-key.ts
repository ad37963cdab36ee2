import { createPublicKey, generateKeyPairSync, hash, type KeyObject } from 'node:crypto';

/** Ed25519 of C2SP signed-note. */
const ED25519 = 1;
/** Ed25519 of a witness, which signs a checkpoint with the time. C2SP tlog-cosignature. */
export const COSIGNATURE = 4;
const PUBLIC_KEY_BYTES = 32;
const KEY_ID_BYTES = 4;
/** What stands before the 32 bytes of an Ed25519 key in SPKI. RFC 8410. */
const SPKI_BEGINNING = Buffer.from('302a300506032b6570032100', 'hex');

/** A key that notes are verified with. */
export type NoteVerifier = {
  /** Without spaces and plus signs. */
  readonly name: string;
  /** 4 bytes. */
  readonly keyId: Buffer;
  readonly publicKey: KeyObject;
};

/** A key that notes are signed with. */
export type NoteSigner = NoteVerifier & { readonly privateKey: KeyObject };

/** A new private key, PEM (PKCS#8). */
export function makeNoteKey(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** @throws TypeError if the name cannot be that of a key. */
export function noteSigner(name: string, privateKey: KeyObject): NoteSigner {
  const verifier = noteVerifier(name, rawOf(createPublicKey(privateKey)));
  return { ...verifier, privateKey };
}

/** The key as it is handed out: `name+id+key`. C2SP signed-note, *Verifier keys*. */
export function verifierKeyText({ name, keyId, publicKey }: NoteVerifier): string {
  return `${name}+${keyId.toString('hex')}+${Buffer.concat([Buffer.from([ED25519]), rawOf(publicKey)]).toString('base64')}`;
}

/**
 * @param algorithm the expected algorithm: that of a log, or `COSIGNATURE`
 * @throws TypeError if it is malformed, or its id is not that of the key
 */
export function parseVerifierKey(text: string, algorithm = ED25519): NoteVerifier {
  const [, name = '', keyId = '', encoded = ''] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text) ?? [];
  const key = Buffer.from(encoded, 'base64');
  if (key.length !== 1 + PUBLIC_KEY_BYTES || key[0] !== algorithm || key.toString('base64') !== encoded) {
    throw new TypeError('this is no verifier key of Ed25519');
  }
  const verifier = noteVerifier(name, key.subarray(1), algorithm);
  if (verifier.keyId.toString('hex') !== keyId)
    throw new TypeError('the id of the verifier key is not that of its key');
  return verifier;
}

function noteVerifier(name: string, raw: Buffer, algorithm = ED25519): NoteVerifier {
  if (!isKeyName(name)) throw new TypeError(`a key cannot be named ${JSON.stringify(name)}`);
  const keyId = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([algorithm]), raw]), 'buffer');
  const spki = Buffer.concat([SPKI_BEGINNING, raw]);
  return {
    name,
    keyId: keyId.subarray(0, KEY_ID_BYTES),
    publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
  };
}

export function isKeyName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !/[\s+\p{Cc}]/u.test(name);
}

function rawOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_BEGINNING.length);
}
