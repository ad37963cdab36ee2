import { ProtocolError } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { InvalidArgumentError } from 'commander';
import { checkSymbolMm } from './printing/symbol-size.ts';
import type { Seat } from './seats.ts';

/** What is wrong with an option's value is wrong usage, in the words of the scheme's own reading of it. */
export function scheme<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof ProtocolError) throw new InvalidArgumentError(error.message);
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
export function symbolMm(text: string): number {
  if (!/^\d{1,3}(\.\d{1,2})?$/.test(text))
    throw new InvalidArgumentError('It must be a width in millimetres, as in 12 or 13.5.');
  try {
    return checkSymbolMm(Number(text));
  } catch (error) {
    if (error instanceof ExpectedError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}
