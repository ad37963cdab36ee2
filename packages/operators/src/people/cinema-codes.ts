import { type CinemaCode, parseCinemaCode } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';

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
