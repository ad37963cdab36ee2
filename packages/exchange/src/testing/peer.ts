import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { sharedTls, type TestTls } from './test-tls.ts';

export type PeerRequest = {
  method: string;
  path: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: string;
};

/** What a peer does with a request: answers it, or uses the socket in its own way. */
export type PeerAnswer =
  | { status?: number; headers?: Readonly<Record<string, string>>; body?: string | Buffer }
  | ((socket: TLSSocket) => void);

export type Peer = {
  url: string;
  ca: string;
  /** What it was asked so far. */
  requests: PeerRequest[];
  /** How many connections were made to it so far. */
  connections(): number;
  close(): Promise<void>;
};

/** An HTTPS server of somebody else: it answers as it is told and knows nothing of the scheme. */
export async function startPeer(
  answer: (request: PeerRequest) => PeerAnswer | Promise<PeerAnswer>,
  options: { tls?: TestTls } = {},
): Promise<Peer> {
  const tls = options.tls ?? (await sharedTls());
  const requests: PeerRequest[] = [];
  const server = createServer({ cert: tls.cert, key: tls.key }, async (incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    const request = { method, path: url, headers, body: (await buffer(incoming)).toString() };
    requests.push(request);
    const reply = await answer(request);
    if (typeof reply === 'function') {
      reply(incoming.socket as TLSSocket);
      return;
    }
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
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    ca: tls.ca,
    requests,
    connections: () => connections,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
