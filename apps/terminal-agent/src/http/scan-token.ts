import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { ensureSecretFile, loadSecretFile } from '../secrets/secret-file.ts';

/** The file with the token of `POST /scan`; readable only by the agent's user. */
export function scanTokenFile(dataDir: string): string {
  return join(dataDir, 'scan.token');
}

/**
 * Loads the token of this terminal, or makes it: 32 random bytes in base64url.
 *
 * @throws ExpectedError when the file cannot be read or made, or is empty.
 */
export const ensureScanToken = (dataDir: string): Promise<string> =>
  ensureSecretFile('The scan token file', scanTokenFile(dataDir), () => randomBytes(32).toString('base64url'));

/** Loads the token; `null` if no agent has served from this directory yet. */
export const loadScanToken = (dataDir: string): Promise<string | null> => loadSecretFile(scanTokenFile(dataDir));

/** Whether an Authorization header carries the token, in constant time. */
export function verifyBearer(header: string | undefined, token: string): boolean {
  const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1] ?? '';
  return timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
