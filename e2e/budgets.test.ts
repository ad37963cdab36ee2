import { expect, it } from 'vitest';
import { readTerminalSettings } from '../apps/terminal-agent/src/config.ts';
import { readThirdPartySettings } from '../apps/third-party-platform/src/config.ts';

// Other tests give themselves more time than a guest has, so that a busy machine changes no decision.
it('as delivered a terminal waits longer than the platform that it asks, so that a late answer is still one (C3)', () => {
  const env = { DATA_DIR: 'data' };
  const [terminal, platform] = [readTerminalSettings(env), readThirdPartySettings(env)];
  expect(terminal.UPSTREAM_BUDGET_MS).toBe(1500);
  expect(platform.UPSTREAM_BUDGET_MS).toBe(600);
});
