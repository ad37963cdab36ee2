import { readFile } from 'node:fs/promises';
import type { WallClock } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { takeUkey, UKEY_BITS, type Ukey } from './ukeys/ukey.ts';
import { type PinSource, takePfx, takeToken } from './ukeys/unlock.ts';

/** Where a Ukey that exists already is kept. */
type UkeyPlace = { key?: string; pfx?: string; token?: string; tokenSerial?: string; tokenKey?: string };

/** Adds the options that name a Ukey: by default a new one is made in software. */
export function addUkeyOptions(command: Command): Command {
  const places = ['key', 'pfx', 'token'];
  const place = (flags: string, what: string, name: string) =>
    new Option(flags, what).conflicts(places.filter((other) => other !== name));
  return command
    .addOption(new Option('--bits <n>', 'size of a new RSA key').choices(UKEY_BITS.map(String)).default('1024'))
    .addOption(place('--key <file>', 'a Ukey that exists already, as a PEM file', 'key'))
    .addOption(place('--pfx <file>', 'a Ukey in a .pfx file, which stays there; its password as below', 'pfx'))
    .addOption(place('--token <module>', 'a Ukey in a token: the PKCS#11 module of its vendor', 'token'))
    .option('--token-serial <number>', 'which token, where several are plugged in')
    .option('--token-key <id>', 'which key of the token, in hexadecimal digits', keyId)
    .addHelpText(
      'after',
      '\nThe PIN or password: UKEY_PIN_FILE (first line of a file), UKEY_PIN, or typed when asked.',
    );
}

/**
 * Takes over the Ukey that the options name.
 * @returns undefined where they name none
 * @throws ExpectedError where it cannot be used as one.
 */
export async function takeExistingUkey(
  { key, pfx, token, tokenSerial, tokenKey }: UkeyPlace,
  startTime: WallClock,
  pins: PinSource,
): Promise<Ukey | undefined> {
  if (key !== undefined) return takeUkey(await readPem(key), startTime);
  if (pfx !== undefined) return takePfx(pfx, startTime, pins);
  if (token !== undefined) return takeToken({ module: token, serial: tokenSerial, keyId: tokenKey }, startTime, pins);
  return undefined;
}

function keyId(text: string): string {
  if (!/^([0-9a-f]{2})+$/i.test(text))
    throw new InvalidArgumentError('It must be hexadecimal digits, two a byte, as in 01.');
  return text.toLowerCase();
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ExpectedError(`The file ${path} cannot be read.`, { cause: error });
  }
}
