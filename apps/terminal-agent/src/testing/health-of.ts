import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CA_FILE } from '@ticket-check/exchange';
import { postRaw } from '@ticket-check/exchange/testing';

type Agent = { readonly consoleUrl: string };

async function textAt({ consoleUrl }: Agent, path: string, dataDir: string): Promise<string> {
  const ca = readFileSync(join(dataDir, CA_FILE), 'utf8');
  return (await postRaw(`${consoleUrl}${path}`, '', { ca, method: 'GET' })).text;
}

/** What a running agent answers to `GET /health`. */
export const healthOf = async (agent: Agent, dataDir: string) => JSON.parse(await textAt(agent, '/health', dataDir));

/** What a running agent answers to `GET /metrics`. */
export const metricsOf = (agent: Agent, dataDir: string) => textAt(agent, '/metrics', dataDir);
