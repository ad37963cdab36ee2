// @module-tag service
import { epochOf, parseWallClock } from '@ticket-check/protocol';
import { createLogger } from '@ticket-check/runtime';
import { expect, it } from 'vitest';
import { createNoDriver } from '../gate/gate-driver.ts';
import type { Scanner, ScannerEvents } from '../scanner/run-scanner.ts';
import { makeUkey, sellTicket, startPlatform } from '../testing/test-cinema.ts';
import { makeTerminal } from '../testing/test-terminal.ts';
import { ENABLED } from './run-devices.ts';

const clock = () => epochOf(parseWallClock('2026-11-24T19:50:00'));
const film = parseWallClock('2026-11-24T20:00:00');

it('gates stay enabled until the scanners have finished: what is read while the agent ends still opens one', async () => {
  const ukey = makeUkey(parseWallClock('2024-03-01T00:00:00'));
  const platform = await startPlatform({ now: clock, keys: [ukey.key] });
  const terminal = await makeTerminal({ now: clock });
  await terminal.setUpstream(platform.bundle);
  const ticket = sellTicket(ukey, film);
  platform.sell(ticket.info);

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
    const driver = createNoDriver(gate, createLogger('test', 'silent'));
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
