import { parseCinemaCode, parseRecordId, parseWallClock, parseWholeDay } from '@ticket-check/protocol';
import { Argument, InvalidArgumentError, Option } from 'commander';

/** `--cinema <code>`: a CinemaCode. */
export const cinemaOption = () =>
  new Option('--cinema <code>', 'only of one cinema').argParser(readable(parseCinemaCode));

/** `--since <time>`: a WallClock. */
export const sinceOption = (description: string) =>
  new Option('--since <time>', `${description}, YYYY-MM-DDThh:mm:ss`).argParser(readable(parseWallClock));

/** `--date <day>`: a BusinessDate. */
export const dateOption = (description: string) =>
  new Option('--date <day>', `${description}, YYYY-MM-DD; today by default`).argParser(readable(parseWholeDay));

/** `--business-date <day>`: a BusinessDate. */
export const businessDateOption = () => wholeDayOption('today');

/** The same for what is known of a date once it is over. */
export const lastDateOverOption = () => wholeDayOption('the last one that is over');

const wholeDayOption = (byDefault: string) =>
  new Option('--business-date <day>', `YYYY-MM-DD, 06:00 to 06:00; ${byDefault} by default`).argParser(
    readable(parseWholeDay),
  );

/** `<record-id>`: a RecordId. */
export const recordIdArgument = (description: string) =>
  new Argument('<record-id>', description).argParser(readable(parseRecordId));

/** `--last <count>`: the length of a list. */
export const lastOption = () =>
  new Option('--last <count>', 'at most this many').argParser(readable(parseCount)).default(1000);

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error('must be a whole number from 1 up');
  return Number(text);
}

/** What a code or time must be is said by its parser; commander adds the option's name and exits with 2. */
export function readable<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(`It ${error instanceof Error ? error.message : error}.`);
    }
  };
}
