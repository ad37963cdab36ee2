import { readFile } from 'node:fs/promises';
import { ProtocolError, type WallClock } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { checkSymbolMm } from './printing/symbol-size.ts';
import type { Seat } from './sessions.ts';
import { type PasswordSource, takePfx } from './ukeys/pfx.ts';
import { takeUkey, UKEY_BITS, type Ukey } from './ukeys/ukey.ts';

/** What is wrong with an option's value is wrong usage, in the words of what reads it. */
export function parsedBy<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof ProtocolError || error instanceof ExpectedError)
        throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

/** A whole number from `min` to `max`, both included. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** A seat's row and column, `5,12`. */
export function seat(text: string): Seat {
  const [, row, column] = /^(\d{1,3}),(\d{1,3})$/.exec(text) ?? [];
  if (row === undefined) throw new InvalidArgumentError('It must be a row and a column, as in 5,12.');
  return { rowNum: Number(row), columnNum: Number(column) };
}

/** The width of a printed QR symbol in millimetres, `12` or `13.5`. */
export const symbolMm = parsedBy((text) => {
  if (!/^\d{1,3}(\.\d{1,2})?$/.test(text))
    throw new InvalidArgumentError('It must be a width in millimetres, as in 12 or 13.5.');
  return checkSymbolMm(Number(text));
});

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
  if (pfx !== undefined) return takePfx(pfx, startTime, passwords);
  if (key === undefined) return undefined;
  const pem = await readFile(key, 'utf8').catch((error: unknown) => {
    throw new ExpectedError(`The file ${key} cannot be read.`, { cause: error });
  });
  return takeUkey(pem, startTime);
}
