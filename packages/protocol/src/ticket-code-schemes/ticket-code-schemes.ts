import { rsaType1 } from './rsa-type-1.ts';
import type { TicketCodeScheme } from './ticket-code-scheme.ts';

/** Every scheme in which a ticket info code can be made, the first one where nothing says another; a new one is added here. */
export const TICKET_CODE_SCHEMES: readonly [TicketCodeScheme, ...TicketCodeScheme[]] = [rsaType1];
