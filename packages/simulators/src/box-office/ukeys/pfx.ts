import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ExpectedError } from '@ticket-check/runtime';

const PBMAC1 = '1.2.840.113549.1.5.14';

/**
 * Reads the RSA key of a `.pfx` file (PKCS#12).
 * @throws ExpectedError saying what is wrong with the file or its password, and what to do.
 */
export async function readPfx(path: string, password: string): Promise<KeyObject> {
  // Nobody whose key lies elsewhere waits for it to load.
  const { default: forge } = await import('node-forge');
  if (/[^ -~]/.test(password)) {
    throw new ExpectedError(
      `The password of ${path} has characters beyond ASCII, with which it cannot be read: export the file again under a password of letters, digits and signs of a US keyboard.`,
    );
  }
  const bytes = await read(path);
  let asn1: ReturnType<typeof forge.asn1.fromDer>;
  try {
    asn1 = forge.asn1.fromDer(bytes.toString('binary'));
  } catch (error) {
    throw new ExpectedError(`The file ${path} is no .pfx file (PKCS#12).`, { cause: error });
  }
  let pfx: ReturnType<typeof forge.pkcs12.pkcs12FromAsn1>;
  try {
    pfx = forge.pkcs12.pkcs12FromAsn1(asn1, password);
  } catch (error) {
    throw unreadable(path, error);
  }
  const { keyBag = '', pkcs8ShroudedKeyBag = '' } = forge.pki.oids;
  const bags = [keyBag, pkcs8ShroudedKeyBag].flatMap((bagType) => pfx.getBags({ bagType })[bagType] ?? []);
  const [bag] = bags;
  if (bag === undefined) {
    throw new ExpectedError(`The file ${path} holds no private key: export the certificate together with its key.`);
  }
  if (bags.length > 1)
    throw new ExpectedError(`The file ${path} holds ${bags.length} private keys: export only the Ukey's.`);
  if (!bag.key) throw new ExpectedError(`The private key in ${path} is no RSA key, which a Ukey has to be.`);
  return createPrivateKey(forge.pki.privateKeyToPem(bag.key));
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ExpectedError(`The file ${path} cannot be read.`, { cause: error });
  }
}

function unreadable(path: string, error: unknown): ExpectedError {
  const message = error instanceof Error ? error.message : String(error);
  const because = (reason: string) => new ExpectedError(`The file ${path} ${reason}`, { cause: error });
  if (message.includes('Invalid password')) return because('does not open with this password: check it and try again.');
  if (message.includes(PBMAC1)) {
    return because(
      'is protected with PBMAC1, which cannot be read: export it again with an HMAC, as openssl pkcs12 -export does without -pbmac1_pbkdf2.',
    );
  }
  if (message.startsWith('Cannot read PKCS#12 PFX') || message.startsWith('ASN.1'))
    return because('is no .pfx file (PKCS#12).');
  return because(
    `is protected in a way that cannot be read (${message}): export it again with AES-256-CBC and SHA-256.`,
  );
}
