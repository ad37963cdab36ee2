import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** The three roles, in the order in which they start: each needs the one before it. */
export const ROLES = ['national-platform', 'third-party-platform', 'terminal-agent'] as const;
export type Role = (typeof ROLES)[number];

export interface Address {
  host: string;
  port: number;
  consolePort: number;
}

export interface Addresses {
  of: Record<Role, Address>;
  /** Set where the system has no 127.0.0.2 and the three share one address on three ports. */
  shared: boolean;
}

/** How far the port of a service's console lies above its own. */
const CONSOLE_PORT_DISTANCE = 443;

/**
 * Port 9000 (Scheme 6.3, 7.3), and 9443 for the console, on three loopback addresses, or on neighbouring ports of one
 * where the system has only 127.0.0.1.
 */
export async function chooseAddresses(port = 9000): Promise<Addresses> {
  const shared = !(await canListen('127.0.0.2'));
  const at = (index: number): Address => {
    const own = shared ? port + index : port;
    return { host: shared ? '127.0.0.1' : `127.0.0.${index + 1}`, port: own, consolePort: own + CONSOLE_PORT_DISTANCE };
  };
  return {
    shared,
    of: { 'national-platform': at(0), 'third-party-platform': at(1), 'terminal-agent': at(2) },
  };
}

/** Addresses that do not collide with other programs on this machine. */
export async function chooseFreeAddresses(): Promise<Addresses> {
  for (;;) {
    // Below the ports that the system gives to outgoing connections.
    const addresses = await chooseAddresses(randomInt(12_000, 31_000));
    const isFree = await Promise.all(
      ROLES.map((role) =>
        assertFree(addresses.of[role]).then(
          () => true,
          () => false,
        ),
      ),
    );
    if (isFree.every(Boolean)) return addresses;
  }
}

export const urlOf = ({ host, port }: Address): string => `https://${host}:${port}`;

export const consoleUrlOf = ({ host, consolePort }: Address): string => `https://${host}:${consolePort}`;

/** @throws Error if something listens there already: it would be taken for the service that cannot start. */
export async function assertFree({ host, port, consolePort }: Address): Promise<void> {
  for (const wanted of [port, consolePort]) {
    if (!(await canListen(host, wanted))) throw new Error(`Another program listens on ${host} port ${wanted} already.`);
  }
}

function canListen(host: string, port = 0): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
