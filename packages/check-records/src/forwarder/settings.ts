import { TICKET_TYPES, type TicketType } from '@ticket-check/protocol';
import { oneOf, wholeNumber } from '@ticket-check/runtime';

export type ForwarderSettings = {
  concurrency: number;
  /** For how long one report is waited for, in milliseconds. */
  timeoutMs: number;
  /** How long to hold after a first failure, in milliseconds; twice as long after each one that follows. */
  firstHoldMs: number;
  /** How often to look for what another process has queued, in milliseconds. */
  pollMs: number;
  /** How long a parked record rests before it is tried again, in milliseconds. Reading R4. */
  parkedRetryMs: number;
  /** For how long a record is completed before a plain upstream gets it as it is, in milliseconds. Reading R5. */
  completionWindowMs: number;
  /** Whether records are completed also after an extended upstream has got them, so that this store's reports have them too. */
  completeDelivered: boolean;
  unknownTicketType: TicketType;
};

export const FORWARDER_DEFAULTS: ForwarderSettings = {
  concurrency: 8,
  timeoutMs: 30_000,
  firstHoldMs: 500,
  pollMs: 5_000,
  parkedRetryMs: 3_600_000,
  completionWindowMs: 120_000,
  completeDelivered: false,
  unknownTicketType: '网络售票',
};

/** Settings of a service that forwards check records (docs/configuration.md); it spreads them into its own shape. */
export const forwardingSettings = {
  COMPLETION_SECONDS: wholeNumber(0, 600).default(FORWARDER_DEFAULTS.completionWindowMs / 1000),
  RESEND_DAYS: wholeNumber(1, 365).default(3),
  FALLBACK_TICKET_TYPE: oneOf(TICKET_TYPES).default(FORWARDER_DEFAULTS.unknownTicketType),
};
