import { createForwarder, type Forwarder, type RecordStore } from '@ticket-check/check-records';
import type { Upstream } from '@ticket-check/exchange';
import type { CheckRecord } from '@ticket-check/protocol';
import type { Clock, Logger } from '@ticket-check/runtime';
import type { ThirdPartySettings } from '../config.ts';
import type { NationalTickets } from '../ticket-info/national-tickets.ts';

/**
 * Sends what terminals reported on to the national platform, oldest first per cinema, completed from GetTicketInfo
 * where a terminal could not. Scheme 5.2.3, 6.6.2; readings R1–R5.
 */
export function createForwarding(options: {
  recordStore: RecordStore;
  upstream: () => Promise<Upstream | null>;
  national: NationalTickets;
  now: Clock;
  logger: Logger;
  settings: ThirdPartySettings;
}): Forwarder {
  const { recordStore, upstream, national, now, logger, settings } = options;

  async function complete(record: CheckRecord): Promise<Partial<CheckRecord> | null> {
    const info = await national.ticketInfo(record);
    if (info === 'unknown-ticket') return null;
    const { screenName, filmName, ticketType, rowNum, columnNum, price, service } = info;
    return { screenName, filmName, ticketType, rowNum, columnNum, price, service };
  }

  return createForwarder({
    recordStore,
    upstream,
    complete,
    now,
    logger,
    settings: {
      timeoutMs: settings.REPORT_TIMEOUT_SECONDS * 1000,
      completionWindowMs: settings.COMPLETION_SECONDS * 1000,
      unknownTicketType: settings.FALLBACK_TICKET_TYPE,
      // Reports on this platform's own records want the names too (5.2.5).
      completeDelivered: true,
    },
  });
}
