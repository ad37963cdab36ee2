import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ExpectedError, reasonOf } from '@ticket-check/runtime';
import type { BoxOffice } from './box-office.ts';

/**
 * Loads a box office from its file.
 * @throws ExpectedError if it cannot be read or holds something else.
 */
export async function loadBoxOffice(path: string): Promise<BoxOffice> {
  let json: string;
  try {
    json = await readFile(path, 'utf8');
  } catch (error) {
    const code = reasonOf(error);
    const reason = code === 'ENOENT' ? 'does not exist; `make` makes it' : `cannot be read (${code})`;
    throw new ExpectedError(`The box office file ${path} ${reason}.`, { cause: error });
  }
  const boxOffice = parsed(json);
  if (boxOffice === null) throw new ExpectedError(`The file ${path} holds no box office.`);
  return boxOffice;
}

function parsed(json: string): BoxOffice | null {
  try {
    const state: unknown = JSON.parse(json);
    const isOurs = typeof state === 'object' && state !== null && 'format' in state && state.format === 1;
    return isOurs ? (state as BoxOffice) : null;
  } catch {
    return null;
  }
}

/**
 * Saves a new box office, mode 0600.
 * @throws ExpectedError if the file exists: the only copy of a cinema's keys is never overwritten.
 */
export async function createBoxOfficeFile(path: string, boxOffice: BoxOffice): Promise<void> {
  if (existsSync(path)) throw new ExpectedError(`The box office file ${path} exists already and is not overwritten.`);
  await saveBoxOffice(path, boxOffice);
}

/** Saves a box office, mode 0600 since its private keys are in it; the file is replaced as a whole or not at all. */
export async function saveBoxOffice(path: string, boxOffice: BoxOffice): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(draft, `${JSON.stringify(boxOffice, null, 1)}\n`, { mode: 0o600, flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new ExpectedError(`The box office file ${path} cannot be written (${reasonOf(error)}).`, { cause: error });
  }
}
