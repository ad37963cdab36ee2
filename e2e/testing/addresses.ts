import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import type { Addresses } from '@ticket-check/dev-network';

/** Free ports for each service and its console on 127.0.0.1. */
export async function freeAddresses(): Promise<Addresses> {
  const at = async () => ({ host: '127.0.0.1', port: await freePort(), consolePort: await freePort() });
  return {
    shared: true,
    of: { 'national-platform': await at(), 'third-party-platform': await at(), 'terminal-agent': await at() },
  };
}

const taken = new Set<number>();

/** A port that nobody listens on, below those that the system gives to outgoing connections: it may be used again later. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    if (taken.has(port) || !(await canListen(port))) continue;
    taken.add(port);
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
