import { connect as connectPlain } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';

/** Where a service listens, and the CA that vouches for it. */
export interface Target {
  url: string;
  ca: string;
}

const OPENS_WITHIN_MS = 3_000;

/**
 * A connection that has been established, from another address of this machine where one is named; errors on it are
 * nobody's. Rejects where it is refused.
 */
export function open({ url, ca }: Target, localAddress?: string): Promise<TLSSocket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const host = localAddress === undefined ? hostname : '127.0.0.1';
    const beneath = connectPlain({ host, port: Number(port), localAddress });
    beneath.once('error', reject);
    const socket = connect({
      socket: beneath,
      ca,
      servername: 'localhost',
      rejectUnauthorized: false,
    });
    socket.setTimeout(OPENS_WITHIN_MS, () => socket.destroy(new Error('not opened in time')));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      socket.setTimeout(0);
      socket.removeListener('error', reject);
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}

/** Writes and reads nothing for a time; answers whether the other side ended the connection meanwhile. */
export async function writeUnread(socket: TLSSocket, bytes: string, forMs: number): Promise<string> {
  socket.pause();
  socket.write(bytes);
  const closed = new Promise<true>((resolve) => socket.once('close', () => resolve(true)));
  const isClosed = await Promise.race([closed, delay(forMs, false as const)]);
  socket.destroy();
  return isClosed ? 'the connection is ended' : 'nothing is ended';
}

/** Opens this many connections at once and keeps them for a time; returns how many were refused. */
export async function hold(target: Target, count: number, forMs: number): Promise<string> {
  const opened = await Promise.allSettled(Array.from({ length: count }, () => open(target)));
  await delay(forMs);
  const sockets = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const ended = sockets.filter((socket) => socket.destroyed || socket.readableEnded).length;
  for (const socket of sockets) socket.destroy();
  return ended + count - sockets.length > 0 ? 'some are ended' : 'all are kept';
}
