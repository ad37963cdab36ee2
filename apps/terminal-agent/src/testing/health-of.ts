import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CA_FILE } from '@ticket-check/exchange';
import { postRaw } from '@ticket-check/exchange/testing';

/** What a running agent answers to `GET /health`. */
export async function healthOf({ consoleUrl }: { consoleUrl: string }, dataDir: string) {
  const ca = readFileSync(join(dataDir, CA_FILE), 'utf8');
  return JSON.parse((await postRaw(`${consoleUrl}/health`, '', { ca, method: 'GET' })).text);
}
