import { TICKET_TYPES } from '@ticket-check/protocol';
import { oneOf, wholeNumber } from '@ticket-check/runtime';
import { FORWARDER_DEFAULTS } from '../forwarder/settings.ts';

/** Settings of a service that forwards check records; it spreads them into its own shape. */
export const forwardingSettings = {
  // How long a record waits for what its code does not hold before a plain upstream gets it with blanks (reading R5).
  COMPLETION_SECONDS: wholeNumber(0, 600).default(FORWARDER_DEFAULTS.completionWindowMs / 1000),

  // How many days back records are sent again to an upstream that was restored from a backup (reading X4).
  RESEND_DAYS: wholeNumber(1, 365).default(3),

  // The TicketType of a record that goes to a plain upstream without ever having been completed (reading R5).
  FALLBACK_TICKET_TYPE: oneOf(TICKET_TYPES).default(FORWARDER_DEFAULTS.unknownTicketType),
};
