import { freePort } from '@ticket-check/runtime/testing';
import type { Addresses } from '@ticket-check/simulators/dev-network';

/** Free ports for each service and its console on 127.0.0.1. */
export async function freeAddresses(): Promise<Addresses> {
  const at = async () => ({ host: '127.0.0.1', port: await freePort(), consolePort: await freePort() });
  return {
    shared: true,
    of: { 'national-platform': await at(), 'third-party-platform': await at(), 'terminal-agent': await at() },
  };
}
