import { type CinemaCode, parseCinemaCode } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { Command } from 'commander';

/**
 * Reads cinema codes separated by commas, as commands take them.
 * @throws ExpectedError naming the one that is no cinema code.
 */
export function parseCinemaCodes(list: string): CinemaCode[] {
  return list.split(',').map((text) => {
    try {
      return parseCinemaCode(text.trim());
    } catch {
      throw new ExpectedError(`${JSON.stringify(text)} is no cinema code: 8 characters are needed.`);
    }
  });
}

/** The cinemas that a command names; ends it where neither option is given, or both: nobody gets every cinema by leaving them out. */
export function cinemasOf(
  { cinemas, allCinemas }: { readonly cinemas?: string; readonly allCinemas?: boolean },
  command: Command,
): readonly CinemaCode[] | 'all' {
  if ((cinemas === undefined) === (allCinemas !== true)) {
    command.error('error: give either --cinemas or --all-cinemas', { exitCode: 2 });
  }
  return cinemas === undefined ? 'all' : parseCinemaCodes(cinemas);
}
