import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { WallClock } from '@ticket-check/protocol';
import { type askHidden, ExpectedError } from '@ticket-check/runtime';
import { keptPublicKey, type PfxUkey, rememberOpened, type Ukey } from './ukey.ts';

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
  if (/^Cannot read PKCS#12 PFX|ASN\.1|DER/.test(message)) return because('is no .pfx file (PKCS#12).');
  return because(
    `is protected in a way that cannot be read (${message}): export it again with AES-256-CBC and SHA-256.`,
  );
}

/** The source of a password; never the command line, which others can see. */
export type PasswordSource = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ask: typeof askHidden;
};

/** The password of a `.pfx` file: `UKEY_PIN`, the first line of `UKEY_PIN_FILE`, or what is typed at the terminal. */
async function readPassword({ env, ask }: PasswordSource, path: string): Promise<string> {
  if (env.UKEY_PIN !== undefined) return env.UKEY_PIN;
  const file = env.UKEY_PIN_FILE;
  if (file !== undefined) {
    try {
      return (await readFile(file, 'utf8')).split(/\r?\n/)[0] ?? '';
    } catch (error) {
      throw new ExpectedError(`The file ${file} (UKEY_PIN_FILE) cannot be read.`, { cause: error });
    }
  }
  const typed = await ask(`Password of ${path}: `);
  if (typed === null) {
    throw new ExpectedError(
      'The Ukey needs its password: set UKEY_PIN_FILE or UKEY_PIN, or run the command at a terminal.',
    );
  }
  return typed;
}

/** Takes over the key of a `.pfx` file, which stays there. */
export async function takePfx(path: string, startTime: WallClock, passwords: PasswordSource): Promise<PfxUkey> {
  const pfx = resolve(path);
  const key = await readPfx(pfx, await readPassword(passwords, pfx));
  const ukey = { pfx, publicKey: keptPublicKey(key), startTime };
  rememberOpened(ukey, key);
  return ukey;
}

/**
 * Makes a Ukey ready to sign; one in software is.
 * @throws ExpectedError if it does not open, or is not the key that was taken over.
 */
export async function unlockUkey(ukey: Ukey, passwords: PasswordSource): Promise<void> {
  if ('privateKey' in ukey) return;
  const key = await readPfx(ukey.pfx, await readPassword(passwords, ukey.pfx));
  if (keptPublicKey(key) !== ukey.publicKey) {
    throw new ExpectedError(
      `${ukey.pfx} holds another key than the one the cinema was made with: put the right file there, or rotate to the new key.`,
    );
  }
  rememberOpened(ukey, key);
}
