import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { WallClock } from '@ticket-check/protocol';
import { type askHidden, ExpectedError } from '@ticket-check/runtime';
import { readPfx } from './pfx.ts';
import { openToken } from './token.ts';
import { keptPublicKey, type PfxUkey, rememberOpened, type TokenUkey, type Ukey } from './ukey.ts';

/** Where a PIN or password is taken from; never from a command line, which others can see. */
export type PinSource = { readonly env: Readonly<Record<string, string | undefined>>; readonly ask: typeof askHidden };

/** The PIN or password of a Ukey: `UKEY_PIN`, the first line of `UKEY_PIN_FILE`, or what whoever sits at the terminal types. */
async function readPin({ env, ask }: PinSource, question: string): Promise<string> {
  if (env.UKEY_PIN !== undefined) return env.UKEY_PIN;
  const file = env.UKEY_PIN_FILE;
  if (file !== undefined) {
    try {
      return (await readFile(file, 'utf8')).split(/\r?\n/)[0] ?? '';
    } catch (error) {
      throw new ExpectedError(`The file ${file} (UKEY_PIN_FILE) cannot be read.`, { cause: error });
    }
  }
  const typed = await ask(question);
  if (typed === null) {
    throw new ExpectedError(
      'The Ukey needs its PIN or password: set UKEY_PIN_FILE or UKEY_PIN, or run the command at a terminal.',
    );
  }
  return typed;
}

/** Takes over the key of a `.pfx` file, which stays there. */
export async function takePfx(path: string, startTime: WallClock, pins: PinSource): Promise<PfxUkey> {
  const pfx = resolve(path);
  const key = await readPfx(pfx, await readPin(pins, `Password of ${pfx}: `));
  const ukey = { pfx, publicKey: keptPublicKey(key), startTime };
  rememberOpened(ukey, key);
  return ukey;
}

/** Takes over the key of a token, which stays there. */
export async function takeToken(
  search: Parameters<typeof openToken>[0],
  startTime: WallClock,
  pins: PinSource,
): Promise<TokenUkey> {
  const { place, publicKey, seal } = await openToken(search, await readPin(pins, 'PIN of the Ukey: '));
  const ukey = { token: place, publicKey: keptPublicKey(publicKey), startTime };
  rememberOpened(ukey, seal);
  return ukey;
}

/**
 * Makes a Ukey ready to sign; one in software is.
 * @throws ExpectedError where it does not open, or is not the key that was taken over.
 */
export async function unlockUkey(ukey: Ukey, pins: PinSource): Promise<void> {
  if ('privateKey' in ukey) return;
  const pin = await readPin(pins, 'pfx' in ukey ? `Password of ${ukey.pfx}: ` : 'PIN of the Ukey: ');
  const { key, publicKey } = 'pfx' in ukey ? await openedPfx(ukey, pin) : await openedToken(ukey, pin);
  if (publicKey !== ukey.publicKey) {
    throw new ExpectedError(
      'This is another key than the one the cinema was made with: plug in the right Ukey, or rotate to the new one.',
    );
  }
  rememberOpened(ukey, key);
}

async function openedPfx({ pfx }: PfxUkey, password: string) {
  const key = await readPfx(pfx, password);
  return { key, publicKey: keptPublicKey(key) };
}

async function openedToken({ token }: TokenUkey, pin: string) {
  const { seal, publicKey } = await openToken(token, pin);
  return { key: seal, publicKey: keptPublicKey(publicKey) };
}
