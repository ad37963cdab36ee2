// @module-tag service
import { expect, it } from 'vitest';
import { makeCinema } from '../testing/evening.ts';
import { playScanner } from '../testing/played-scanner.ts';
import { gatesWith } from '../testing/test-gates.ts';

it('gates stay enabled until the scanners are released: what is read while the agent ends still opens one', async () => {
  const { terminal } = await makeCinema();
  const happened: string[] = [];
  const scanner = playScanner();
  scanner.released = () => void happened.push('scanner released');
  const driverOf = gatesWith({ 'gate-1': { stop: () => void happened.push('gate stopped') } });
  const agent = await terminal.start({ driverOf, scanners: [scanner.scanner] });
  await agent.close();
  expect(happened).toEqual(['scanner released', 'gate stopped']);
});
