import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { testTls } from './certificate.ts';
import { freePort } from './free-port.ts';

export type PeerRequest = {
  method: string;
  path: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
};

/** A peer's handler of a request: it answers, or uses the socket in its own way. */
export type PeerAnswer =
  | { status?: number; headers?: Readonly<Record<string, string>>; body?: string | Buffer }
  | ((socket: TLSSocket) => void);

/** Headers of one connection, which say nothing about the next. */
const OF_A_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host']);

/** The headers that a proxy passes on. */
export const withoutConnection = (headers: PeerRequest['headers']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (OF_A_CONNECTION.has(name) ? [] : [[name, String(value)]])),
  );

export type Peer = Awaited<ReturnType<typeof startPeer>>;

/** A certificate with its key, and the certificate that its clients trust, all PEM. */
export type PeerTls = { cert: string; key: string; ca: string };

const TLS: PeerTls = { ...testTls, ca: testTls.cert };

/**
 * Starts an HTTPS server on 127.0.0.1 that runs the given handler and knows nothing of the scheme. It listens on a free
 * port, on which another one can start again, or on the given port.
 */
export async function startPeer(
  answer: (request: PeerRequest) => PeerAnswer | Promise<PeerAnswer>,
  options: { tls?: PeerTls; port?: number } = {},
) {
  const { tls = TLS, port = await freePort() } = options;
  const requests: PeerRequest[] = [];
  const beingWritten = new Set<Promise<unknown>>();
  const server = createServer({ cert: tls.cert, key: tls.key }, async (incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    const request = { method, path: url, headers, body: (await buffer(incoming)).toString() };
    requests.push(request);
    const reply = await answer(request);
    if (typeof reply === 'function') {
      reply(incoming.socket as TLSSocket);
      return;
    }
    // The caller may have disconnected meanwhile.
    if (outgoing.destroyed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    beingWritten.add(promise);
    outgoing.once('close', () => {
      beingWritten.delete(promise);
      resolve();
    });
    outgoing.writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers });
    outgoing.end(reply.body ?? '');
  });
  // Also those in their TLS handshake, which `closeAllConnections` does not know and `close` waits for.
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  let connections = 0;
  server.on('secureConnection', () => {
    connections += 1;
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${address.port}`,
    /** PEM of the certificate to trust. */
    ca: tls.ca,
    port: address.port,
    requests,
    /** How many connections were made to it so far. */
    connections: () => connections,
    /** Nothing listens any more. Answers under way still go out; then every connection is cut. */
    async close(): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve));
      await setImmediate();
      await Promise.all(beingWritten);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
