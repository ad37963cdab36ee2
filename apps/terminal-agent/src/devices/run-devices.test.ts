// @module-tag service
import { expect, it } from 'vitest';
import type { Scanner, ScannerEvents } from '../scanner/run-scanner.ts';
import { makeCinema } from '../testing/evening.ts';
import { gatesWith } from '../testing/test-gates.ts';
import { ENABLED } from './run-devices.ts';

it('gates stay enabled until the scanners have finished: what is read while the agent ends still opens one', async () => {
  const { terminal, sell } = await makeCinema();
  const ticket = sell();
  const happened: string[] = [];
  let events: ScannerEvents | undefined;
  const scanner: Scanner = {
    name: 'hand-held',
    driver: 'test',
    gate: null,
    start(given) {
      events = given;
    },
    async stop() {
      // Its last read, made before it knew that the agent ends.
      await events?.data(ticket.code);
      happened.push('scanner stopped');
    },
    health: () => ENABLED,
  };
  const driverOf = (gate: string) => {
    const driver = gatesWith({})(gate);
    return {
      ...driver,
      async open() {
        happened.push(`${gate} opened ${driver.health().enabled ? 'while enabled' : 'when stopped'}`);
      },
    };
  };
  const agent = await terminal.start({ driverOf, scanners: [scanner] });
  await agent.close();
  expect(happened).toEqual(['gate-1 opened while enabled', 'scanner stopped']);
});
