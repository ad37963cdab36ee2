// @module-tag service
import { testTls } from '@ticket-check/exchange/testing';
import { epochOf, parseWallClock } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { makeUkey, startPlatform } from '../testing/test-cinema.ts';
import { healthOf, makeTerminal } from '../testing/test-terminal.ts';

it('shows the line as down while the certificate of the upstream is refused, before anybody asks', async () => {
  const now = () => epochOf(parseWallClock('2026-11-24T19:50:00'));
  const platform = await startPlatform({ now, keys: [makeUkey(parseWallClock('2024-03-01T00:00:00')).key] });
  const terminal = await makeTerminal({ now });
  const agent = await terminal.start();
  const line = async () =>
    ((await healthOf(agent, terminal.env.DATA_DIR ?? '')) as { upstream: { line: string } }).upstream.line;
  await terminal.setUpstream({ ...platform.bundle, CaCertificate: (await testTls()).ca });
  await expect.poll(line).toBe('down');
  expect(platform.asked).toEqual([]);
  await terminal.setUpstream(platform.bundle);
  await expect.poll(line).toBe('up');
});
