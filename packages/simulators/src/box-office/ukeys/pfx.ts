import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readPfx } from '@ticket-check/exchange';
import type { WallClock } from '@ticket-check/protocol';
import { type askHidden, ExpectedError } from '@ticket-check/runtime';
import { openKeys, publicKeyOf, type Ukey } from './ukey.ts';

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
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw new ExpectedError(`The file ${file} (UKEY_PIN_FILE) cannot be read.`, { cause: error });
    });
    return text.split(/\r?\n/)[0] ?? '';
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
export async function takePfx(path: string, startTime: WallClock, passwords: PasswordSource): Promise<Ukey> {
  const pfx = resolve(path);
  const key = await readPfx(pfx, await readPassword(passwords, pfx));
  const ukey = { pfx, publicKey: publicKeyOf(key), startTime };
  openKeys.set(ukey, key);
  return ukey;
}

/**
 * Makes a Ukey ready to sign; one in software is.
 * @throws ExpectedError if it does not open, or is not the key that was taken over.
 */
export async function unlockUkey(ukey: Ukey, passwords: PasswordSource): Promise<void> {
  const { pfx, publicKey } = ukey;
  if (pfx === undefined) return;
  const key = await readPfx(pfx, await readPassword(passwords, pfx));
  if (publicKeyOf(key) !== publicKey) {
    throw new ExpectedError(
      `${pfx} holds another key than the one the cinema was made with: put the right file there, or rotate to the new key.`,
    );
  }
  openKeys.set(ukey, key);
}
