import { ProtocolError, type WallClock } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { checkSymbolMm } from './printing/print-svg.ts';
import { type PasswordSource, takePfx } from './ukeys/pfx.ts';
import { makeUkey, UKEY_BITS, type Ukey, type UkeyBits } from './ukeys/ukey.ts';

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

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/** The width of a printed QR symbol in millimetres, `12` or `13.5`. */
export const symbolMm = parsedBy((text) => {
  if (!/^\d{1,3}(\.\d{1,2})?$/.test(text))
    throw new InvalidArgumentError('It must be a width in millimetres, as in 12 or 13.5.');
  return checkSymbolMm(Number(text));
});

/** Adds the options that name a Ukey: by default a new one is made in software. */
export function addUkeyOptions(command: Command): Command {
  return command
    .addOption(new Option('--bits <n>', 'size of a new RSA key').choices(UKEY_BITS.map(String)).default('1024'))
    .option('--pfx <file>', 'a Ukey in a .pfx file, which stays there; its password as below')
    .addHelpText('after', '\nThe password: UKEY_PIN_FILE (first line of a file), UKEY_PIN, or typed when asked.');
}

/** The Ukey that the options name. @throws ExpectedError if it cannot be used as one. */
export const ukeyOf = async (
  { bits, pfx }: { bits: string; pfx?: string },
  startTime: WallClock,
  passwords: PasswordSource,
): Promise<Ukey> =>
  pfx === undefined ? makeUkey(startTime, Number(bits) as UkeyBits) : takePfx(pfx, startTime, passwords);
