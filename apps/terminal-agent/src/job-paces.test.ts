// @module-tag service
import { expectPaces } from '@ticket-check/runtime/testing';
import { it } from 'vitest';
import { makeTerminal } from './testing/test-terminal.ts';

/**
 * The jobs made by `every` that ask the platform above. The pace of what else asks it is held elsewhere: of records
 * in `backoff.test.ts`, of probes in `circuit-breaker.test.ts`; the time is asked for eight times at the most.
 */
const ASKING = {
  'claim releases': { asksWhereSomethingWaits: true },
  recheck: { asksWhereSomethingWaits: true },
  'undone entries': { asksWhereSomethingWaits: true },
  'key sync': { asksWhereSomethingWaits: true },
  'follow changes': {},
  state: {},
  'e-ticket keys': {},
  'restore watch': {},
} as const;

const ASKING_NOBODY = [
  'audit',
  'certificate',
  'completeness',
  'deadlines',
  'discard scans',
  'end sessions',
  'gates',
  'purge',
  'store probe',
  'upstream position',
  'watch upstream',
];

it('asks the platform above out of step with other terminals, and less often where it does not keep up', async () => {
  const terminal = await makeTerminal({ now: Date.now });
  await expectPaces(() => terminal.start(), { asking: ASKING, askingNobody: ASKING_NOBODY });
});
