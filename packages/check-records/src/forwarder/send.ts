import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Outcome, Upstream } from '@ticket-check/exchange';
import {
  APIS,
  type CinemaCode,
  checkTicketJson,
  epochOf,
  getPublicKeysQueryJson,
  type ReportReply,
  readReportReply,
  reportQueryJson,
  type TicketType,
} from '@ticket-check/protocol';
import type { Waiting } from '../outbox/outbox.ts';
import type { ReceivedRecord } from '../tables/received-record.ts';

/** Whether a peer takes RecordIds and incomplete records. Reading X1. */
export function isExtended(upstream: Upstream): boolean {
  return upstream.extensions().has('record-id');
}

function wireOf(upstream: Upstream) {
  return {
    extended: isExtended(upstream),
    overrides: upstream.extensions().has('overrides'),
    origins: upstream.extensions().has('record-origins'),
    priceForm: upstream.priceForm,
  };
}

/** Learns what a peer announces before its first record: one sent without its RecordId and again with it would be two there. */
export async function discoverExtensions(upstream: Upstream, cinemaCode: CinemaCode, timeoutMs: number) {
  if (upstream.hasAnswered()) return null;
  const options = { read: (replyData: Record<string, unknown>) => replyData, timeoutMs, idempotent: true };
  const outcome = await upstream.call(APIS.getPublicKeys, getPublicKeysQueryJson(cinemaCode), options);
  // X6: only an answer that the peer worded itself, a refusal too, says what it speaks.
  if (upstream.hasAnswered() || outcome.kind === 'delivered') return null;
  return { code: outcome.code, message: outcome.message };
}

/** R5: a plain upstream takes no record without a TicketType. One that came from a terminal says when it did. */
function wireRecord(
  record: ReceivedRecord,
  { extended, origins }: ReturnType<typeof wireOf>,
  unknownTicketType: TicketType,
): ReceivedRecord {
  const { account, ticketType, checkTime, receivedAt } = record;
  const isForwarded = origins && account !== '';
  if (!isForwarded && (extended || ticketType !== null)) return record;
  return {
    ...record,
    ticketType: extended ? ticketType : (ticketType ?? unknownTicketType),
    ...(isForwarded && { forwarderSeconds: (epochOf(receivedAt) - epochOf(checkTime)) / 1000 }),
  };
}

export function bytesOf(upstream: Upstream, { record }: Waiting, unknownTicketType: TicketType): number {
  const wire = wireOf(upstream);
  return Buffer.byteLength(JSON.stringify(checkTicketJson(wireRecord(record, wire, unknownTicketType), wire)));
}

/** Reports records of one cinema; the answer is awaited outside any transaction. Scheme 6.6.2, 7.6.2. */
export async function send(
  upstream: Upstream,
  cinemaCode: CinemaCode,
  batch: readonly Waiting[],
  { timeoutMs, unknownTicketType }: { timeoutMs: number; unknownTicketType: TicketType },
): Promise<Outcome<ReportReply>> {
  const wire = wireOf(upstream);
  const records = batch.map(({ record }) => wireRecord(record, wire, unknownTicketType));
  const query = reportQueryJson(cinemaCode, records, wire);
  await nextTurn();
  return upstream.call(APIS.reportOriginalCheckTickets, query, {
    read: readReportReply,
    timeoutMs,
    priority: 'report',
    // Sent again by the queue itself, which knows what has changed meanwhile.
    idempotent: false,
  });
}
