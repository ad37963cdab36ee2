// @module-tag service
import { expectPaces } from '@ticket-check/runtime/testing';
import { it } from 'vitest';
import { createSite } from './testing/test-platform.ts';

/**
 * The jobs made by `every` that ask the platform above. The pace of what else asks it is held elsewhere: of records
 * in `backoff.test.ts`, of probes in `circuit-breaker.test.ts`.
 */
const ASKING = {
  'business days': { asksWhereSomethingWaits: true },
  'undone entries': { asksWhereSomethingWaits: true },
  'key sync': { asksWhereSomethingWaits: true },
  'follow changes': {},
} as const;

const ASKING_NOBODY = [
  'audit',
  'certificate',
  'completeness',
  'deadlines',
  'e-ticket keys',
  'end sessions',
  'purge',
  'purge changes',
  'purge sessions',
  'quarantine review',
  'refused requests',
  'store probe',
  'terminal states',
  'upstream position',
  'watch commands',
];

it('asks the platform above out of step with other platforms, and less often where it does not keep up', async () => {
  const site = await createSite('');
  await expectPaces(() => site.start(), { asking: ASKING, askingNobody: ASKING_NOBODY });
});
