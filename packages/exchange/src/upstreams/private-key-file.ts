import { createPrivateKey, type KeyObject } from 'node:crypto';
import { orNull } from '@ticket-check/protocol';
import { askHidden, ExpectedError } from '@ticket-check/runtime';
import { readNamedBytes, readNamedFile } from '../bundle.ts';

/**
 * Reads the private key that a platform handed out, as PEM: from PEM, PKCS#8, PKCS#1 or SEC1 (DER or Base64), or a `.pfx` file,
 * whose password is the first line of a file, or typed; never on the command line. @throws ExpectedError if it cannot be read.
 */
export async function readPrivateKeyFile(path: string, passwordFile?: string): Promise<string> {
  const bytes = await readNamedBytes(path);
  const text = bytes.toString('latin1').trim();
  if (text.includes('-----BEGIN')) return bytes.toString('utf8');
  const isBase64 = /^[A-Za-z0-9+/\s]+={0,2}$/.test(text);
  const der = isBase64 ? Buffer.from(text, 'base64') : bytes;
  if (isPfx(der)) {
    return pemOf(await readPfx(path, await readPassword(path, passwordFile), der));
  }
  for (const type of ['pkcs8', 'pkcs1', 'sec1'] as const) {
    const key = orNull(() => createPrivateKey({ key: der, format: 'der', type }));
    if (key !== null) return pemOf(key);
  }
  throw new ExpectedError(
    `The file ${path} holds no private key that can be read: give PEM, PKCS#8 as DER or Base64, or a .pfx file; an encrypted one is decrypted before (openssl pkcs8).`,
  );
}

const pemOf = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** Whether DER is `SEQUENCE { version 3, … }`, as only PKCS#12 is. */
function isPfx(der: Buffer): boolean {
  const lengthBytes = ((der[1] ?? 0) & 0x80) === 0 ? 0 : (der[1] ?? 0) & 0x7f;
  return der[0] === 0x30 && der.subarray(2 + lengthBytes, 5 + lengthBytes).equals(Buffer.from([2, 1, 3]));
}

async function readPassword(path: string, file: string | undefined): Promise<string> {
  if (file !== undefined) return (await readNamedFile(file)).split(/\r?\n/)[0] ?? '';
  const typed = await askHidden(`Password of ${path}: `);
  if (typed !== null) return typed;
  throw new ExpectedError(
    `The file ${path} needs its password: name a file that holds it with --password-file, or run the command at a terminal.`,
  );
}

/** Reads the RSA key of a `.pfx` file (PKCS#12). @throws ExpectedError saying what is wrong, and what to do. */
export async function readPfx(path: string, password: string, given?: Buffer): Promise<KeyObject> {
  // Nobody whose key lies elsewhere waits for it to load.
  const { default: forge } = await import('node-forge');
  if (/[^ -~]/.test(password)) {
    throw new ExpectedError(
      `The password of ${path} has characters beyond ASCII, with which it cannot be read: export the file again under a password of letters, digits and signs of a US keyboard.`,
    );
  }
  const bytes = given ?? (await readNamedBytes(path));
  let pfx: ReturnType<typeof forge.pkcs12.pkcs12FromAsn1>;
  try {
    pfx = forge.pkcs12.pkcs12FromAsn1(forge.asn1.fromDer(bytes.toString('binary')), password);
  } catch (error) {
    throw unreadable(path, error);
  }
  const { keyBag = '', pkcs8ShroudedKeyBag = '' } = forge.pki.oids;
  const bags = [keyBag, pkcs8ShroudedKeyBag].flatMap((bagType) => pfx.getBags({ bagType })[bagType] ?? []);
  const [bag] = bags;
  if (bag === undefined) {
    throw new ExpectedError(`The file ${path} holds no private key: export the certificate together with its key.`);
  }
  if (bags.length > 1) throw new ExpectedError(`The file ${path} holds ${bags.length} private keys: export only one.`);
  if (!bag.key) throw new ExpectedError(`The private key in ${path} is no RSA key.`);
  return createPrivateKey(forge.pki.privateKeyToPem(bag.key));
}

function unreadable(path: string, error: unknown): ExpectedError {
  const message = error instanceof Error ? error.message : String(error);
  const because = (reason: string) => new ExpectedError(`The file ${path} ${reason}`, { cause: error });
  if (message.includes('Invalid password')) return because('does not open with this password: check it and try again.');
  if (/^Cannot read PKCS#12 PFX|ASN\.1|DER/.test(message)) return because('is no .pfx file (PKCS#12).');
  return because(
    `is protected in a way that cannot be read (${message}): export it again with AES-256-CBC and SHA-256.`,
  );
}
