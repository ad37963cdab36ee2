import {
  type BusinessDate,
  businessDay,
  parseBusinessDate,
  parseCinemaCode,
  parseWallClock,
} from '@ticket-check/protocol';
import { InvalidArgumentError, Option } from 'commander';

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
export const businessDateOption = () =>
  new Option('--business-date <day>', 'from 06:00 to 06:00 of the next day, YYYY-MM-DD; today by default').argParser(
    readable(parseWholeDay),
  );

/** Also the last day of the year 9999 is none: it ends in the next one. */
function parseWholeDay(text: string): BusinessDate {
  const date = parseBusinessDate(text);
  businessDay(date);
  return date;
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
