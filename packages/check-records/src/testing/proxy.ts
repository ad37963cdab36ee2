import { request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { sharedTls } from '@ticket-check/exchange/testing';
import type { PeerAnswer } from '@ticket-check/runtime/testing';
import { startPeer } from '@ticket-check/simulators/peers/vitest';
import type { Platform } from './platform.ts';

/** `pass`: to the platform and back. `lose-reply`: the platform acts, and its reply is lost. Or an answer of the proxy's own. */
export type ProxyStep = 'pass' | 'lose-reply' | PeerAnswer;

export type Proxy = {
  readonly url: string;
  /** What it did, as `<Api> <step>`, own answers by their status. */
  readonly steps: string[];
  /** Decides what to do with a request. */
  on: (api: string) => ProxyStep;
};

/** A reverse proxy in front of a platform, which answers by itself while the platform restarts. */
export async function startProxy(platform: Pick<Platform, 'url' | 'ca'>): Promise<Proxy> {
  const server = await startPeer(
    async ({ body, headers }) => {
      const { Api: api } = JSON.parse(body);
      const step = proxy.on(api);
      proxy.steps.push(`${api} ${nameOf(step)}`);
      if (typeof step !== 'string') return step;
      const reply = await forward(platform, body, headers);
      return step === 'pass' ? reply : (socket) => void socket.destroy();
    },
    { tls: await sharedTls() },
  );
  const proxy: Proxy = { url: server.url, steps: [], on: () => 'pass' };
  return proxy;
}

function nameOf(step: ProxyStep): string {
  if (typeof step === 'string') return step;
  return typeof step === 'function' ? 'cut' : String(step.status ?? 200);
}

function forward(
  { url, ca }: Pick<Platform, 'url' | 'ca'>,
  body: string,
  { connection: _, ...headers }: Readonly<Record<string, string | string[] | undefined>>,
): Promise<Exclude<PeerAnswer, (...args: never) => unknown>> {
  const { promise, resolve, reject } = Promise.withResolvers<Exclude<PeerAnswer, (...args: never) => unknown>>();
  const outgoing = httpsRequest(url, { method: 'POST', ca, headers, agent: false }, async (incoming) => {
    const ours = ['connection', 'keep-alive', 'transfer-encoding', 'content-length'];
    const kept = Object.entries(incoming.headers).filter(([name]) => !ours.includes(name));
    resolve({
      status: incoming.statusCode ?? 0,
      headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
      body: await buffer(incoming),
    });
  });
  outgoing.on('error', reject).end(body);
  return promise;
}
