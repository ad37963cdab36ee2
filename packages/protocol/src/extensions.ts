import { REPLY_BOUNDS } from './reply-bounds.ts';

/** HTTP header, on requests and replies, in which a side announces the extensions it speaks. Reading X1. */
export const EXTENSIONS_HEADER = 'ticket-check-extensions';

/** HTTP header, on replies, that names the generation of the data which answered. Reading X4. */
export const GENERATION_HEADER = 'ticket-check-generation';

/** HTTP header, on replies, with a number that only grows while the data are of one generation. Reading X4. */
export const POSITION_HEADER = 'ticket-check-position';

/** Element of QueryData that names the generation of the caller's data and those that it replaces. Reading X4. */
export const STORE_ELEMENT = 'Store';

/** `RecordId`, incomplete records, `Rejected`, `Quarantined` and `Entry`. */
export const RECORD_ID_EXTENSION = 'record-id';
/** `Refreshed` in the reply to GetPublicKeys. */
export const KEYS_REFRESHED_EXTENSION = 'keys-refreshed';
/** `Store` in QueryData, so that nobody else can name another one under the same signature. */
export const SIGNED_STORE_EXTENSION = 'signed-store';
/** The header that names the generation of the data. */
export const STORE_GENERATION_EXTENSION = 'store-generation';
/** `ClaimTicket`, one round trip for ticket state and claim, and `ReleaseClaim`. Reading C2. */
export const CLAIM_TICKET_EXTENSION = 'claim-ticket';
/** `SharedCinema` in the reply to GetTicketInfo. Reading C2. */
export const SHARED_CINEMA_EXTENSION = 'shared-cinema';
/** `GetTicketInfos`, many questions of GetTicketInfo under one signature. Reading X1. */
export const TICKET_INFOS_EXTENSION = 'ticket-infos';
/** `ListCheckRecords`, the records that came through the caller's account. Reading X7. */
export const CHECK_RECORDS_EXTENSION = 'check-records';
/** `ReportBusinessDay`, what a platform holds of a business date. Reading X10. */
export const BUSINESS_DAYS_EXTENSION = 'business-days';
/** `ReportTerminalState`, how a terminal is. Reading X8. */
export const TERMINAL_STATE_EXTENSION = 'terminal-state';
/** `ListChanges`, tickets that were refunded, and e-tickets. Reading X9. */
export const CHANGES_EXTENSION = 'changes';
/** Compensating records, with `Reverses`, in ReportOriginalCheckTickets. Reading R9. */
export const REVERSES_EXTENSION = 'reverses';
/** `OverriddenVerdict` in check records. Reading R10. */
export const OVERRIDES_EXTENSION = 'overrides';
/** `Gate`, `Offline`, `DecidedMs` and `ForwarderSeconds` in reported check records. Reading X1. */
export const RECORD_ORIGINS_EXTENSION = 'record-origins';
/** `Undone` in the records that ListCheckRecords lists, and in their hash. Readings R9 and X7. */
export const UNDONE_RECORDS_EXTENSION = 'undone-records';
/** `CreateETicket`, `RevokeETicket`, `RecordPickUp`, `GetETicketKeys`, and `ETicket` in the reply to ClaimTicket. Reading C5. */
export const E_TICKETS_EXTENSION = 'e-tickets';

const TOKEN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Reads an announcement, `record-id, store-generation`; unknown tokens are kept, what is no token or too much is dropped. */
export const parseExtensions = (header: string | readonly string[] | undefined): Set<string> => {
  const text = typeof header === 'string' ? header : (header ?? []).join(',');
  const { extensions, extensionCharacters } = REPLY_BOUNDS;
  const tokens = text.split(',', extensions).map((token) => token.trim().toLowerCase());
  return new Set(tokens.filter((token) => token.length <= extensionCharacters && TOKEN.test(token)));
};

/** Writes an announcement. */
export const formatExtensions = (extensions: Iterable<string>): string => [...extensions].join(', ');

/** The data that a caller works with: its generation, and the generations that this one replaces, which are out of use. */
export type StoreGeneration = { readonly generation: string; readonly replaces: readonly string[] };

const STORE_ID = /^[0-9A-Za-z-]{1,64}$/;

/** A generation and those that it replaces; a store keeps eight of its predecessors. */
const MAX_STORE_IDS = 16;
const MAX_STORE_CHARACTERS = 1024;

/**
 * Reads the element `Store`, `<id>[, <replaced id> …]`, the latest first; the first 16 count. Returns null if it is
 * missing, malformed or longer than 1024 characters.
 */
export const parseStoreGeneration = (element: unknown): StoreGeneration | null => {
  if (typeof element !== 'string' || element.length > MAX_STORE_CHARACTERS) return null;
  const ids = element.split(',').map((id) => id.trim());
  if (!ids.every((id) => STORE_ID.test(id))) return null;
  const [generation = '', ...replaces] = ids.slice(0, MAX_STORE_IDS);
  return { generation, replaces };
};

/** Writes the element `Store`, with as many of the replaced generations, the latest first, as are read. */
export const formatStoreGeneration = ({ generation, replaces }: StoreGeneration): string => {
  const ids = [generation, ...replaces].slice(0, MAX_STORE_IDS);
  while (ids.length > 1 && ids.join(', ').length > MAX_STORE_CHARACTERS) ids.pop();
  return ids.join(', ');
};
