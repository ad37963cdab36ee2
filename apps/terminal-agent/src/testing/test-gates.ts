import type { RecordId } from '@ticket-check/protocol';
import { createLogger } from '@ticket-check/runtime';
import { createNoDriver, type GateDriver } from '../gate/gate-driver.ts';

/** Gates without hardware, but for what a test changes of some. */
export const gatesWith =
  (changes: Readonly<Record<string, Partial<GateDriver>>>) =>
  (gate: string): GateDriver => ({
    ...createNoDriver(gate, createLogger('test', 'silent')),
    opensByAnswer: changes[gate] === undefined,
    ...changes[gate],
  });

/** Gates that note what was opened for whom, and that may be told to be stuck. */
export function notingGates() {
  const noted = { opened: [] as [gate: string, recordId: RecordId][], stuck: false };
  const driverOf = (gate: string): GateDriver => ({
    ...createNoDriver(gate, createLogger('test', 'silent')),
    opensByAnswer: false,
    async open(recordId) {
      if (noted.stuck) throw new Error('the gate is stuck');
      noted.opened.push([gate, recordId]);
    },
  });
  return Object.assign(noted, { driverOf });
}
