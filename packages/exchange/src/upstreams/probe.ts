import { APIS, type CinemaCode, getPublicKeysQueryJson, reportQueryJson } from '@ticket-check/protocol';
import type { Upstream } from '../client/upstream.ts';
import type { CallPriority } from '../priority.ts';
import { isAnswer, isSilence } from './circuit-breaker.ts';

/** An account without cinemas asks about this one, and learns that it does not exist. */
export const NO_CINEMA = '00000000' as CinemaCode;

/** Asks something that costs next to nothing; whether upstream said anything within `timeoutMs`, null if it was not asked. */
export async function probeUpstream(
  peer: Upstream,
  [cinemaCode = NO_CINEMA]: readonly CinemaCode[],
  { timeoutMs, priority }: { timeoutMs: number; priority: CallPriority },
): Promise<boolean | null> {
  const call = { read: () => null, timeoutMs, priority, idempotent: false };
  // K4: an extended platform takes a question for keys as a sign that one is missing, and asks further up.
  const outcome = peer.extensions().has('keys-refreshed')
    ? await peer.call(
        APIS.reportOriginalCheckTickets,
        reportQueryJson(cinemaCode, [], { extended: false, priceForm: peer.priceForm }),
        call,
      )
    : await peer.call(APIS.getPublicKeys, getPublicKeysQueryJson(cinemaCode), call);
  if (isAnswer(outcome)) return true;
  return isSilence(outcome) ? false : null;
}
