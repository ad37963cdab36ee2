import { createForwarder, type Forwarder, type RecordStore } from '@ticket-check/check-records';
import type { Upstream } from '@ticket-check/exchange';
import type { CheckRecord } from '@ticket-check/protocol';
import type { Clock, Logger } from '@ticket-check/runtime';
import type { TerminalSettings } from '../config.ts';
import type { HearLate } from '../late-news/ask-later.ts';
import { infoIn } from '../scan/rules.ts';
import type { AskUpstream } from '../upstream/ask-upstream.ts';
import { type Completion, completionOf } from './make-record.ts';

/** Completing waits beside the queue, so it may be more patient than a guest at the gate. */
const COMPLETION_BUDGET_MS = 5000;

/**
 * Sends this terminal's check records upstream as soon as they are made, oldest first, completed from GetTicketInfo
 * where the scan could not. Scheme 5.2.7, 7.6.2; readings R1–R5.
 */
export function createForwarding(options: {
  records: RecordStore;
  upstream: () => Promise<Upstream | null>;
  askUpstream: Pick<AskUpstream, 'stateLater'>;
  /** Told what the upstream says of a record that it does not have yet. */
  hearLate: HearLate;
  now: Clock;
  logger: Logger;
  settings: Pick<TerminalSettings, 'COMPLETION_SECONDS' | 'FALLBACK_TICKET_TYPE'>;
}): Forwarder {
  const { records, upstream, askUpstream, hearLate, now, logger, settings } = options;

  async function complete(record: CheckRecord): Promise<Completion | null> {
    const answer = await askUpstream.stateLater(record, COMPLETION_BUDGET_MS);
    // Nobody answers now, so nobody needs to be asked for the other records either.
    if (answer.kind === 'silent') throw new Error('the upstream does not answer');
    await hearLate(record.recordId, answer);
    const info = infoIn(answer);
    return info === null ? null : completionOf(info);
  }

  return createForwarder({
    recordStore: records,
    upstream,
    complete,
    now,
    logger,
    settings: {
      completionWindowMs: settings.COMPLETION_SECONDS * 1000,
      unknownTicketType: settings.FALLBACK_TICKET_TYPE,
    },
  });
}
