import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const given = new Set<number>();
const LOWEST = 12_000;
const HIGHEST = 32_000;
const SLICES = 16;

/**
 * A port of 127.0.0.1 that nobody listens on. It lies below those that the system gives to outgoing connections, so a
 * server that stops can come back to it, and it is given once in a process. Test files that run at the same time choose from
 * different slices: a port that one of them has chosen and does not listen on yet would look free to another. `room`: how
 * many ports above it are of the same slice; the consoles of `start` lie 443 above.
 */
export async function freePort(room = 0): Promise<number> {
  const size = Math.floor((HIGHEST - LOWEST) / SLICES);
  const from = LOWEST + size * (Number(process.env.VITEST_POOL_ID ?? 0) % SLICES);
  for (;;) {
    const port = randomInt(from, from + size - room);
    if (given.has(port) || !(await canListen(port))) continue;
    given.add(port);
    return port;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Settings of a server that listens at ports of its own on this machine, with room for whatever a test connects. */
export const LISTENERS = {
  HOST: '127.0.0.1',
  PORT: 0,
  CONSOLE_HOST: '127.0.0.1',
  CONSOLE_PORT: 0,
  MAX_CONNECTIONS: 1000,
  MAX_CONNECTIONS_PER_ADDRESS: 500,
  DRAIN_SECONDS: 0,
};
