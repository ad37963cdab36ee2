import { APIS, type CinemaCode, getPublicKeysQueryJson } from '@ticket-check/protocol';
import { within } from '@ticket-check/runtime';
import { type Outcome, refused } from '../client/outcome.ts';
import type { Upstream } from '../client/upstream.ts';
import type { CallPriority } from '../priority.ts';
import { type CircuitBreaker, isAnswer, isSilence } from './circuit-breaker.ts';

/** In an idle process a call ends this long before its budget does, so that the next caller knows its outcome. */
const MARGIN_MS = 20;

/** Makes a call whose outcome is known within `budgetMs`; what is not sent by then is `unsent`, and the breaker learns nothing. C3. */
export async function askWithin<R>(
  budgetMs: number,
  ask: (timeoutMs: number) => Promise<Outcome<R>>,
  breaker?: Pick<CircuitBreaker, 'answered' | 'silent'>,
): Promise<Outcome<R>> {
  const askedAt = performance.now();
  const asking = ask(Math.max(budgetMs - MARGIN_MS, budgetMs / 2)).then((outcome) => {
    if (isAnswer(outcome)) breaker?.answered();
    else if (isSilence(outcome)) breaker?.silent(askedAt);
    return outcome;
  });
  const late = `no answer within ${Math.round(budgetMs)} ms`;
  return (await within(budgetMs, asking)) ?? refused('timeout', 'TIMEOUT', late);
}

/** An account without cinemas asks about this one, and learns that it does not exist. */
export const NO_CINEMA = '00000000' as CinemaCode;

/** Asks something that costs next to nothing; whether upstream said anything within `timeoutMs`, null if it was not asked. */
export async function probeUpstream(
  peer: Upstream,
  [cinemaCode = NO_CINEMA]: readonly CinemaCode[],
  { timeoutMs, priority }: { timeoutMs: number; priority: CallPriority },
): Promise<boolean | null> {
  // K4: an extended platform takes a question for keys as a sign that one is missing, and asks further up.
  const [api, query] = peer.extensions().has('keys-refreshed')
    ? [APIS.reportOriginalCheckTickets, { CinemaCode: cinemaCode, CheckTickets: [] }]
    : [APIS.getPublicKeys, getPublicKeysQueryJson(cinemaCode)];
  const outcome = await peer.call(api, query, { read: () => null, timeoutMs, priority, idempotent: false });
  if (isAnswer(outcome)) return true;
  return isSilence(outcome) ? false : null;
}
