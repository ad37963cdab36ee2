import { afterAll } from 'vitest';
import { openSite, type Settings, type Site } from './site.ts';

/** Nobody waits at the doors of tests: a busy machine is no platform that does not answer. The terminal's is the longer, as by default. */
const BUDGETS: Settings = {
  'terminal-agent': { UPSTREAM_BUDGET_MS: '10000' },
  'third-party-platform': { UPSTREAM_BUDGET_MS: '9000' },
};

/** A site for the tests of one file or describe block, stopped and removed at its end. */
export async function testSite(settings: Settings = {}): Promise<Site> {
  const withBudget = (role: keyof Settings) => ({ ...BUDGETS[role], ...settings[role] });
  const site = await openSite({
    settings: {
      'national-platform': withBudget('national-platform'),
      'third-party-platform': withBudget('third-party-platform'),
      'terminal-agent': withBudget('terminal-agent'),
    },
  });
  afterAll(() => site.close());
  return site;
}
