import type { IncomingMessage } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';

/** Where a console is asked. */
export type ConsoleTarget = { readonly port: number; readonly ca: string };

/** How much was answered, and after how long the first and the last of it came. */
export type Answer = { readonly bytes: number; readonly firstMs: number; readonly ms: number };

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
      for await (const chunk of response as AsyncIterable<Buffer>) bytes += chunk.length;
      return { bytes, firstMs, ms: performance.now() - startedAt };
    },
    close: () => agent.destroy(),
  };
}

/** Pages that listen to live topics, each over a connection of its own: the n-th to what `queryOf(n)` asks for. */
export async function openListeners(
  { port, ca }: ConsoleTarget,
  { queryOf, sessions, aSession }: { queryOf(n: number): string; sessions: readonly string[]; aSession: number },
) {
  const responses: IncomingMessage[] = [];
  const figures = { events: 0, bytes: 0 };
  const first: Promise<void>[] = [];
  for (let n = 0; n < sessions.length * aSession; n += 1) {
    const session = Math.floor(n / aSession);
    const response = await get({
      port,
      path: `/events?${queryOf(n)}`,
      agent: new Agent({ ca }),
      headers: { cookie: `__Host-session-third-party-platform=${sessions[session]}` },
      // One address may hold 128 connections.
      localAddress: `127.0.1.${1 + (session % 200)}`,
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    response.on('data', (chunk: Buffer) => {
      figures.bytes += chunk.length;
      if (!chunk.includes('event: told')) return;
      figures.events += 1;
      resolve();
    });
    response.on('error', reject);
    response.on('end', () => reject(new Error('/events ended')));
    promise.catch(() => {});
    first.push(promise);
    responses.push(response);
  }
  await Promise.all(first);
  return {
    count: responses.length,
    figures,
    close() {
      for (const response of responses) response.destroy();
    },
  };
}

async function get(options: RequestOptions): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', ...options }, resolve)
      .once('error', reject)
      .end();
  });
  if (response.statusCode !== 200) throw new Error(`${options.path}: ${response.statusCode}`);
  return response;
}
