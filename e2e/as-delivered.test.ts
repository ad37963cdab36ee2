import { readFileSync } from 'node:fs';
import { readTerminalSettings } from '@ticket-check/terminal-agent/config';
import { readThirdPartySettings } from '@ticket-check/third-party-platform/config';
import { expect, it } from 'vitest';
import { scannerStreams } from '../vectors/make-scanner-streams.ts';

// Other tests give themselves more time than a guest has, so that a busy machine changes no decision.
it('as delivered a terminal waits longer than the platform that it asks, so that a late answer is still one (C3)', () => {
  const env = { DATA_DIR: 'data' };
  const [terminal, platform] = [readTerminalSettings(env), readThirdPartySettings(env)];
  expect(terminal.UPSTREAM_BUDGET_MS).toBe(1500);
  expect(platform.UPSTREAM_BUDGET_MS).toBe(600);
});

it('keeps the streams of scanners that their program makes', () => {
  expect(readFileSync(new URL('../vectors/scanner-streams.json', import.meta.url), 'utf8')).toBe(scannerStreams());
});
