import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ExpectedError } from '@ticket-check/runtime';
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
    const { code } = error as NodeJS.ErrnoException;
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
  await save(path, boxOffice, async (draft) => {
    try {
      // Unlike rename, link never replaces.
      await link(draft, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      throw new ExpectedError(`The box office file ${path} exists already and is not overwritten.`, { cause: error });
    }
    await rm(draft);
  });
}

/** Saves a box office, mode 0600 since its private keys are in it; the file is replaced as a whole or not at all. */
export async function saveBoxOffice(path: string, boxOffice: BoxOffice): Promise<void> {
  await save(path, boxOffice, (draft) => rename(draft, path));
}

async function save(path: string, boxOffice: BoxOffice, put: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(boxOffice, null, 1)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await put(draft);
  } catch (error) {
    await rm(draft, { force: true });
    if (error instanceof ExpectedError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ExpectedError(`The box office file ${path} cannot be written (${code ?? message}).`, { cause: error });
  }
}
