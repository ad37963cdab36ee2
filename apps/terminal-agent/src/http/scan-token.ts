import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { ensureSecretFile, loadSecretFile } from '../secrets/secret-file.ts';

/** Where the token lies that `POST /scan` asks for; readable by the agent's own user only. */
export function scanTokenFile(dataDir: string): string {
  return join(dataDir, 'scan.token');
}

/**
 * The token of this terminal, made on the first call: 32 random bytes in base64url.
 *
 * @throws ExpectedError when the file cannot be read or made, or is empty.
 */
export const ensureScanToken = (dataDir: string): Promise<string> =>
  ensureSecretFile('The scan token file', scanTokenFile(dataDir), () => randomBytes(32).toString('base64url'));

/** The token as the file holds it; `null` when no agent has served from this directory yet. */
export const loadScanToken = (dataDir: string): Promise<string | null> => loadSecretFile(scanTokenFile(dataDir));

/** Whether an Authorization header carries the token. Takes the same time wherever they differ. */
export function verifyBearer(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
