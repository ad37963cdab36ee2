import { postRaw, sharedTls } from '@ticket-check/exchange/testing';
import { type PeerAnswer, withoutConnection } from '@ticket-check/runtime/testing';
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
      const reply = await postRaw(platform.url, body, { ca: platform.ca, headers: withoutConnection(headers) });
      if (step === 'lose-reply') return (socket) => void socket.destroy();
      return { status: reply.status, headers: withoutConnection(reply.headers), body: reply.text };
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
