import { request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { Role } from './addresses.ts';
import { CA_FILE, type Site } from './site.ts';

/** Several services that start at once on a busy machine take tens of seconds; one that ends is reported at once. */
const START_LIMIT_MS = 90_000;
const ASK_AGAIN_MS = 40;

/** Resolves when the service answers `GET /health` with 200 over TLS that its own CA vouches for. */
export async function waitUntilHealthy(site: Site, role: Role): Promise<void> {
  const until = Date.now() + START_LIMIT_MS;
  let last: unknown;
  while (Date.now() < until) {
    try {
      const ca = await site.readFile(role, CA_FILE);
      if ((await statusOf(`${site.consoleUrlOf(role)}/health`, ca)) === 200) return;
      last = new Error('it answers, but not with 200');
    } catch (error) {
      last = error;
    }
    await delay(ASK_AGAIN_MS);
  }
  throw new Error(`${role} did not become healthy within ${START_LIMIT_MS / 1000} s: ${String(last)}`);
}

function statusOf(url: string, ca: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });
}
