import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectedError, reasonOf } from '@ticket-check/runtime';

/** Where the token lies that `POST /scan` asks for; readable by the agent's own user only. */
export function scanTokenFile(dataDir: string): string {
  return join(dataDir, 'scan.token');
}

/**
 * The token of this terminal, made on the first call: 32 random bytes in base64url, mode 0600.
 *
 * @throws ExpectedError when the file cannot be read or made, or is empty.
 */
export async function ensureScanToken(dataDir: string): Promise<string> {
  const path = scanTokenFile(dataDir);
  try {
    const token = (await loadScanToken(dataDir)) ?? (await makeToken(path));
    if (token === '') throw new ExpectedError(`The scan token file ${path} is empty.`);
    return token;
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    throw new ExpectedError(`The scan token file ${path} cannot be read or made (${reasonOf(error)}).`, {
      cause: error,
    });
  }
}

/** The token as the file holds it; `null` when no agent has served from this directory yet. */
export async function loadScanToken(dataDir: string): Promise<string | null> {
  try {
    return (await readFile(scanTokenFile(dataDir), 'utf8')).trim();
  } catch (error) {
    if (reasonOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Whether an Authorization header carries the token. Takes the same time wherever they differ. */
export function verifyBearer(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

async function makeToken(path: string): Promise<string> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(32).toString('base64url')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // Fails where another process was first; its token is then the one.
    await link(draft, path);
  } catch (error) {
    if (reasonOf(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  return (await readFile(path, 'utf8')).trim();
}
