import { createServer } from 'node:net';

/** The three roles, in the order in which they start: each needs the one before it. */
export const ROLES = ['national-platform', 'third-party-platform', 'terminal-agent'] as const;
export type Role = (typeof ROLES)[number];

export interface Address {
  host: string;
  port: number;
}

export interface Addresses {
  of: Record<Role, Address>;
  /** Set where the system has no 127.0.0.2 and the three share one address on three ports. */
  shared: boolean;
}

/** Port 9000 (Scheme 6.3, 7.3) on three loopback addresses, or three ports of one where the system has only 127.0.0.1. */
export async function chooseAddresses(port = 9000): Promise<Addresses> {
  const shared = !(await canListen('127.0.0.2'));
  const at = (index: number): Address =>
    shared ? { host: '127.0.0.1', port: port + index } : { host: `127.0.0.${index + 1}`, port };
  return {
    shared,
    of: { 'national-platform': at(0), 'third-party-platform': at(1), 'terminal-agent': at(2) },
  };
}

export const urlOf = ({ host, port }: Address): string => `https://${host}:${port}`;

/** @throws Error where something listens there already: it would be taken for the service that cannot start. */
export async function assertFree({ host, port }: Address): Promise<void> {
  if (!(await canListen(host, port))) throw new Error(`Another program listens on ${host} port ${port} already.`);
}

function canListen(host: string, port = 0): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}
