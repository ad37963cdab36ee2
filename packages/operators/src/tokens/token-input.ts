import { parseWallClock, type WallClock } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { isPermission, PERMISSION_NAMES, type Permission } from '../people/role.ts';

/**
 * Reads permissions separated by commas.
 * @throws ExpectedError naming the one that is none.
 */
export function parsePermissions(list: string): Permission[] {
  return list.split(',').map((text) => {
    const name = text.trim();
    if (isPermission(name)) return name;
    throw new ExpectedError(`${JSON.stringify(name)} is no permission; there are ${PERMISSION_NAMES.join(', ')}.`);
  });
}

/**
 * The end of a day in China, `YYYY-MM-DD`.
 * @throws ExpectedError if it is no day.
 */
export function parseEnd(date: string): WallClock {
  try {
    return parseWallClock(`${date}T23:59:59`);
  } catch {
    throw new ExpectedError(`${JSON.stringify(date)} is no day; write it as 2026-12-31.`);
  }
}
