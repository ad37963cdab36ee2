import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';

/** Where a console is asked. */
export type ConsoleTarget = { readonly port: number; readonly ca: string };

/** How much was answered, and after how long the first and the last of it came. */
export type Answer = { readonly bytes: number; readonly firstMs: number; readonly ms: number; readonly text: string };

/** Of an answer, so much is kept to look at. */
const KEPT_CHARACTERS = 100_000;

/** A console that is asked with a token, over one kept connection. */
export function openConsole({ port, ca }: ConsoleTarget, token: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  return {
    /** @throws Error unless it is answered with 200. */
    async ask(path: string): Promise<Answer> {
      const startedAt = performance.now();
      const response = await get({ port, path, agent, headers: { authorization: `Bearer ${token}` } });
      const firstMs = performance.now() - startedAt;
      let bytes = 0;
      let text = '';
      for await (const chunk of response as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (text.length < KEPT_CHARACTERS) text += chunk.toString('utf8');
      }
      if (response.statusCode !== 200) throw new Error(`${path}: ${response.statusCode} ${text.slice(0, 500)}`);
      return { bytes, firstMs, ms: performance.now() - startedAt, text };
    },
    close: () => agent.destroy(),
  };
}

/** Pages that listen to what a console tells, each over a connection of its own: the n-th to what `queryOf(n)` asks for. */
export async function openListeners(
  { port, ca }: ConsoleTarget,
  { queryOf, sessions, aSession }: { queryOf(n: number): string; sessions: readonly string[]; aSession: number },
) {
  let told = 0;
  let bytes = 0;
  const heard: Promise<void>[] = [];
  const responses: IncomingMessage[] = [];
  for (const [index, session] of sessions.entries()) {
    // One address may hold 128 connections.
    const localAddress = `127.0.1.${1 + (index % 200)}`;
    for (let listener = 0; listener < aSession; listener += 1) {
      const response = await get({
        port,
        path: `/events?${queryOf(responses.length)}`,
        agent: new Agent({ ca }),
        headers: { cookie: `__Host-session-third-party-platform=${session}` },
        localAddress,
      });
      if (response.statusCode !== 200)
        throw new Error(`/events: ${response.statusCode} for listener ${responses.length}`);
      const first = Promise.withResolvers<void>();
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (chunk.includes('event: told')) {
          told += 1;
          first.resolve();
        }
      });
      response.on('error', first.reject);
      response.on('end', () => first.reject(new Error('/events ended')));
      first.promise.catch(() => {});
      heard.push(first.promise);
      responses.push(response);
    }
  }
  await Promise.all(heard);
  return {
    count: responses.length,
    figures: () => ({ told, bytes }),
    close() {
      for (const response of responses) response.destroy();
    },
  };
}

function get(options: {
  port: number;
  path: string;
  agent: Agent;
  headers: Record<string, string>;
  localAddress?: string;
}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', ...options }, resolve)
      .once('error', reject)
      .end();
  });
}
