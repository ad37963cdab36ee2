import { readFile } from 'node:fs/promises';
import type { WallClock } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { type Command, Option } from 'commander';
import { takeUkey, UKEY_BITS, type Ukey } from './ukeys/ukey.ts';
import { type PasswordSource, takePfx } from './ukeys/unlock.ts';

/** The location of an existing Ukey. */
type UkeyPlace = { key?: string; pfx?: string };

/** Adds the options that name a Ukey: by default a new one is made in software. */
export function addUkeyOptions(command: Command): Command {
  return command
    .addOption(new Option('--bits <n>', 'size of a new RSA key').choices(UKEY_BITS.map(String)).default('1024'))
    .addOption(new Option('--key <file>', 'a Ukey that exists already, as a PEM file').conflicts('pfx'))
    .option('--pfx <file>', 'a Ukey in a .pfx file, which stays there; its password as below')
    .addHelpText('after', '\nThe password: UKEY_PIN_FILE (first line of a file), UKEY_PIN, or typed when asked.');
}

/**
 * Takes over the Ukey that the options name.
 * @returns undefined if they name none
 * @throws ExpectedError if it cannot be used as one.
 */
export async function takeExistingUkey(
  { key, pfx }: UkeyPlace,
  startTime: WallClock,
  passwords: PasswordSource,
): Promise<Ukey | undefined> {
  if (key !== undefined) return takeUkey(await readPem(key), startTime);
  if (pfx !== undefined) return takePfx(pfx, startTime, passwords);
  return undefined;
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ExpectedError(`The file ${path} cannot be read.`, { cause: error });
  }
}
