import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeNewFile } from '@ticket-check/exchange';
import { ExpectedError, reasonOf } from '@ticket-check/runtime';

/**
 * The secret in a file, which is made on the first call with mode 0600.
 *
 * @param name what it is, as the beginning of a sentence
 * @throws ExpectedError when the file cannot be read or made, or is empty.
 */
export async function ensureSecretFile(name: string, path: string, make: () => string): Promise<string> {
  let secret: string | null;
  try {
    secret = await loadSecretFile(path);
    if (secret === null) {
      secret = make();
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeNewFile(path, 0o600, async () => `${secret}\n`);
    }
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    throw new ExpectedError(`${name} ${path} cannot be read or made (${reasonOf(error)}).`, { cause: error });
  }
  if (secret === '') throw new ExpectedError(`${name} ${path} is empty.`);
  return secret;
}

async function loadSecretFile(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (reasonOf(error) === 'ENOENT') return null;
    throw error;
  }
}

export const scanTokenFile = (dataDir: string): string => join(dataDir, 'scan.token');

/**
 * Loads the token of this terminal, or makes it: 32 random bytes in base64url.
 *
 * @throws ExpectedError when the file cannot be read or made, or is empty.
 */
export const ensureScanToken = (dataDir: string): Promise<string> =>
  ensureSecretFile('The scan token file', scanTokenFile(dataDir), () => randomBytes(32).toString('base64url'));

export const loadScanToken = (dataDir: string): Promise<string | null> => loadSecretFile(scanTokenFile(dataDir));

/** Whether an Authorization header carries the token, in constant time. */
export function verifyBearer(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? '';
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
