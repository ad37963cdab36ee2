import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CommandFailure } from './command-failure.ts';

/**
 * The key that encrypts an SQLite database, read from its file. The first start makes the file: 32 random bytes in
 * hex, mode 0600, whole or not at all, also when two processes start at the same moment.
 *
 * @throws CommandFailure when the file is empty or cannot be read or made.
 */
export async function loadDatabaseKey(path: string): Promise<string> {
  try {
    const key = (await readExisting(path)) ?? (await makeKey(path));
    if (key === '') throw new CommandFailure(`The database key file ${path} is empty.`);
    return key;
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new CommandFailure(`The database key file ${path} cannot be read or made (${reason}).`, { cause: error });
  }
}

async function readExisting(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function makeKey(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(32).toString('hex')}\n`);
    // A database must never outlive the only copy of its key in a power cut.
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // Unlike rename, link fails where another process was first; its key is then the one.
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  await syncDirectory(dirname(path));
  return (await readFile(path, 'utf8')).trim();
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
