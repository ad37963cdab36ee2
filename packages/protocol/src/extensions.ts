import { REPLY_BOUNDS } from './reply-bounds.ts';

/** HTTP header, on requests and replies, in which a side announces the extensions it speaks. Reading X1. */
export const EXTENSIONS_HEADER = 'ticket-check-extensions';

/** HTTP header, on replies, that names the generation of the data which answered. Reading X4. */
export const GENERATION_HEADER = 'ticket-check-generation';

/** HTTP header, on replies, with a number that only grows while the data are of one generation. Reading X4. */
export const POSITION_HEADER = 'ticket-check-position';

/** Element of QueryData that names the generation of the caller's data and those that it replaces. Reading X4. */
export const STORE_ELEMENT = 'Store';

/** An extension, as a side announces that it speaks it. Reading X1. */
export type Extension =
  /** `RecordId`, incomplete records, `Rejected`, `Quarantined` and `Entry`. */
  | 'record-id'
  /** `Refreshed` in the reply to GetPublicKeys. */
  | 'keys-refreshed'
  /** `Store` in QueryData, so that nobody else can name another one under the same signature. */
  | 'signed-store'
  /** The header that names the generation of the data. */
  | 'store-generation'
  /** `ClaimTicket`, one round trip for ticket state and claim, and `ReleaseClaim`. Reading C2. */
  | 'claim-ticket'
  /** `SharedCinema` in the reply to GetTicketInfo. Reading C2. */
  | 'shared-cinema'
  /** `GetTicketInfos`, many questions of GetTicketInfo under one signature. Reading X1. */
  | 'ticket-infos'
  /** `ListCheckRecords`, the records that came through the caller's account. Reading X7. */
  | 'check-records'
  /** `ReportBusinessDay`, what a platform holds of a business date. Reading X10. */
  | 'business-days'
  /** `ReportTerminalState`, how a terminal is. Reading X8. */
  | 'terminal-state'
  /** `ListChanges`, tickets that were refunded, and e-tickets. Reading X9. */
  | 'changes'
  /** Compensating records, with `Reverses`, in ReportOriginalCheckTickets. Reading R9. */
  | 'reverses'
  /** `OverriddenVerdict` in check records. Reading R10. */
  | 'overrides'
  /** `Gate`, `Offline`, `DecidedMs` and `ForwarderSeconds` in reported check records. Reading X1. */
  | 'record-origins'
  /** `Undone` in the records that ListCheckRecords lists, and in their hash. Readings R9 and X7. */
  | 'undone-records'
  /** `CreateETicket`, `RevokeETicket`, `RecordPickUp`, `GetETicketKeys`, and `ETicket` in the reply to ClaimTicket. Reading C5. */
  | 'e-tickets';

const TOKEN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Reads an announcement, `record-id, store-generation`; unknown tokens are kept, what is no token or too much is dropped. */
export const parseExtensions = (header: string | readonly string[] | undefined): Set<Extension> => {
  const text = typeof header === 'string' ? header : (header ?? []).join(',');
  const { extensions, extensionCharacters } = REPLY_BOUNDS;
  const tokens = text.split(',', extensions).map((token) => token.trim().toLowerCase());
  // Also those of a later version.
  const isToken = (token: string): token is Extension => token.length <= extensionCharacters && TOKEN.test(token);
  return new Set(tokens.filter(isToken));
};

export const formatExtensions = (extensions: Iterable<string>): string => [...extensions].join(', ');

/** The data that a caller works with: its generation, and the generations that this one replaces, which are out of use. */
export type StoreGeneration = { readonly generation: string; readonly replaces: readonly string[] };

const STORE_ID = /^[0-9A-Za-z-]{1,64}$/;

/** A generation and those that it replaces; a store keeps eight of its predecessors. */
const MAX_STORE_IDS = 16;
const MAX_STORE_CHARACTERS = 1024;

/** Reads the element `Store`, `<id>[, <replaced id> …]`, of which 16 count; null if it is missing, malformed or over 1024 characters. */
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
