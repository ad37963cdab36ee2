import type { Upstream } from '@ticket-check/exchange';
import {
  APIS,
  CLAIM_TICKET_EXTENSION,
  type ClaimIdentity,
  readReleaseClaimReply,
  releaseClaimQueryJson,
} from '@ticket-check/protocol';
import { every, type Logger, type RecurringJob } from '@ticket-check/runtime';
import type { ClaimReleases } from './claim-releases.ts';

const EVERY_MS = 2000;
const TIMEOUT_MS = 5000;
const MOST = 100;

/**
 * Gives claims back for scans that ended without an admission, each until the upstream has answered: until then nobody
 * else can be admitted with the ticket. Beside the queue of records, and in no scan's way. Reading C8.
 */
export function releaseSender(options: {
  releases: ClaimReleases;
  upstream: () => Promise<Upstream | null>;
  /** Aborted when the agent stops: what was not sent is sent by the next one. */
  stopping: AbortSignal;
  logger: Logger;
  everyMs?: number;
}): RecurringJob {
  const { releases, stopping, logger, everyMs = EVERY_MS } = options;

  /** Whether the next one may be tried. */
  async function send(peer: Upstream, claim: ClaimIdentity): Promise<boolean> {
    const { recordId } = claim;
    const outcome = await peer.call(APIS.releaseClaim, releaseClaimQueryJson(claim), {
      read: readReleaseClaimReply,
      timeoutMs: TIMEOUT_MS,
      idempotent: true,
    });
    if (outcome.kind === 'retry') {
      const { code, message } = outcome;
      logger.warn({ code, reason: message, recordId }, 'a claim could not be given back yet');
      return outcome.detail === 'cinema';
    }
    if (outcome.kind === 'rejected') {
      const { code, message } = outcome;
      logger.error({ code, reason: message, recordId }, 'the upstream refuses to take a claim back');
    } else if (outcome.reply === 'entered') {
      logger.error({ recordId }, 'the upstream holds a check record for a scan that admitted nobody');
    } else if (outcome.reply === 'not-holder') {
      logger.error({ recordId }, 'the claim was made by another account: a supervisor of the platform can release it');
    }
    await releases.answered(claim);
    return true;
  }

  async function run(): Promise<void> {
    const waiting = await releases.oldest(MOST);
    for (const claim of waiting) {
      const peer = await options.upstream();
      // A plain upstream holds no claims; another one may be set again.
      if (stopping.aborted || !peer?.extensions().has(CLAIM_TICKET_EXTENSION)) return;
      if (!(await send(peer, claim))) return;
    }
  }

  return every({ name: 'claim-releases', everyMs, run, logger, atOnce: true });
}
