/**
 * Every error code of the three roles, with the HTTP status of a reply that carries it and one sentence of what it says.
 * Status 200 stands where the question was answered, or where the code appears inside the reply to a report.
 * Scheme 6.4.2, 7.4.2; readings E9 and R3.
 */
export const ERROR_CODES = {
  // The request was not answered.
  INVALID_ENCODING: { status: 400, what: 'The body is not UTF-8.' },
  INVALID_JSON: { status: 400, what: 'The body is not JSON.' },
  DUPLICATE_KEY: { status: 400, what: 'A key stands twice in one object of the body.' },
  INVALID_ENVELOPE: { status: 400, what: 'One of the six request elements is missing or has the wrong type.' },
  VERSION_UNSUPPORTED: { status: 400, what: 'Version is not 1.0.' },
  API_UNKNOWN: { status: 404, what: 'Api names nothing that is served here.' },
  CLOCK_SKEW: { status: 401, what: 'Datetime is too far from the clock of the server.' },
  SIGNATURE_INVALID: { status: 401, what: 'The user is unknown, or Signature does not fit the request.' },
  API_NOT_ALLOWED: { status: 403, what: 'The account may not call this Api.' },
  ACCOUNT_IN_USE: { status: 403, what: 'The account was used from another store within the last 10 minutes.' },
  CINEMA_NOT_ALLOWED: { status: 403, what: 'The account may not act for this cinema.' },
  INVALID_QUERY: { status: 400, what: 'An element of QueryData is missing or has the wrong form.' },
  TOO_MANY_RECORDS: { status: 400, what: 'The request holds more than 1000 records.' },
  TOO_MANY_TICKETS: { status: 400, what: 'The request asks about more than 100 tickets.' },
  BODY_TOO_LARGE: { status: 413, what: 'The body is larger than the server accepts.' },
  BODY_TOO_SLOW: { status: 408, what: 'The body arrived too slowly; send the same request again later.' },
  METHOD_NOT_ALLOWED: { status: 405, what: 'Requests of the scheme are sent with POST.' },
  NOT_FOUND: { status: 404, what: 'Nothing is served at this path.' },
  OVERLOADED: { status: 503, what: 'The server has more to do than it can; send the same request again later.' },
  KEYS_UNAVAILABLE: { status: 503, what: 'No public key of this cinema has been received yet; try again.' },
  UPSTREAM_UNAVAILABLE: { status: 503, what: 'The platform above gave no usable answer.' },
  STORE_UNAVAILABLE: { status: 503, what: 'The store cannot be read or written.' },
  TOO_MANY_ATTEMPTS: {
    status: 429,
    what: 'Too many attempts failed from this address; try again after Retry-After seconds.',
  },
  UNAUTHORIZED: { status: 401, what: 'The caller did not prove who it is.' },
  INTERNAL_ERROR: { status: 500, what: 'Something unexpected failed in the server.' },

  // The question was answered.
  TICKET_NOT_FOUND: { status: 200, what: 'No such ticket was sold.' },
  NOT_CLAIM_HOLDER: { status: 200, what: 'Another account made this claim; only that one gives it back.' },
  CINEMA_UNKNOWN: { status: 200, what: 'No cinema has this code.' },

  // A record or a row is malformed.
  MISSING_ELEMENT: { status: 200, what: 'An element that the record must hold is missing or empty.' },
  WRONG_TYPE: { status: 200, what: 'An element has the wrong JSON type.' },
  WRONG_LENGTH: { status: 200, what: 'A code does not have its fixed length, or a name has more than 128 characters.' },
  INVALID_CODE: { status: 200, what: 'A code holds a character that codes cannot hold.' },
  INVALID_DATETIME: { status: 200, what: 'A datetime is not a real YYYY-MM-DDThh:mm:ss.' },
  INVALID_PRICE: { status: 200, what: 'An amount is not 0 to 100000 yuan with two decimals.' },
  INVALID_TICKET_TYPE: { status: 200, what: 'TicketType is neither 现场售票 nor 网络售票.' },
  INVALID_TICKET_CODE: { status: 200, what: 'TicketInfoCode cannot be a ticket info code.' },
  INVALID_RECORD_ID: { status: 200, what: 'RecordId is not a UUID of version 7 or 8.' },

  // A record is kept aside.
  CODE_CONTRADICTS_RECORD: { status: 200, what: 'The ticket info code names another ticket than the record.' },
  QUARANTINE_FULL: {
    status: 200,
    what: 'The record would be kept in quarantine, and the account has as many there as it may. Its sender keeps it and sends it again.',
  },
  TOO_MANY_ENTRIES: {
    status: 200,
    what: 'As many records of this ticket as may count came through the account; this one is kept aside.',
  },
  NOT_RECORD_OWNER: {
    status: 200,
    what: 'The check record came through another account; only that one reverses it.',
  },
  CHECK_TIME_IMPLAUSIBLE: { status: 200, what: 'CheckTime is more than two days from StartTime.' },

  // A ticket info code cannot be accepted.
  CODE_LENGTH: { status: 400, what: 'The text does not have the length of a ticket info code.' },
  CODE_ALPHABET: { status: 400, what: 'The text holds, or lacks, characters in a way no ticket info code does.' },
  CODE_BASE64: { status: 400, what: 'The encrypted part of the code is not canonical Base64.' },
  CODE_NOT_GENUINE: { status: 400, what: 'No key of the cinema decrypts the code.' },
  START_TIME_OUT_OF_RANGE: {
    status: 400,
    what: 'StartTime lies too far from the clock of the platform for a claim.',
  },
  CODE_FIELD: { status: 400, what: 'The code decrypts, but one of its fields is out of form.' },

  // A data source brings more names than it may.
  FILM_LIMIT: { status: 400, what: 'The account has added as many films as it may.' },

  // A public key cannot be accepted.
  PUBLIC_KEY_UNREADABLE: { status: 400, what: 'The text is not an RSA public key in any accepted form.' },
  PUBLIC_KEY_TOO_SHORT: { status: 400, what: 'The modulus is shorter than 1024 bits.' },
  PUBLIC_KEY_TOO_LONG: { status: 400, what: 'The modulus is longer than 4096 bits.' },
  PUBLIC_KEY_EXPONENT: { status: 400, what: 'The public exponent is below 65537, above 4294967296 or even.' },
  PUBLIC_KEY_WEAK: { status: 400, what: 'The modulus can be factored at once; a new key pair must be made.' },
  KEY_LIMIT: { status: 400, what: 'The cinema has as many keys as one cinema may have.' },
  KEY_OF_ANOTHER_CINEMA: { status: 400, what: 'The same key already belongs to another cinema.' },
  KEY_CONFLICT: { status: 400, what: 'The key contradicts one that is already known.' },
} as const satisfies Record<string, { status: number; what: string }>;

/** One of the documented error codes. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Says whether a text is one of the documented error codes. */
export const isErrorCode = (text: unknown): text is ErrorCode =>
  typeof text === 'string' && Object.hasOwn(ERROR_CODES, text);

/** What an error says beside its code and message; plain data, free of secrets. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * A refusal with a documented code; the message names the element and what to do, and may be shown to the caller.
 *
 * `status` is the HTTP status of a reply that carries the error: the table's, unless the same code means
 * that the whole request was refused (a malformed row of an import).
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails | undefined;
  readonly status: number;

  constructor(code: ErrorCode, message: string, details?: ErrorDetails, status: number = ERROR_CODES[code].status) {
    super(message);
    this.code = code;
    this.details = details;
    this.status = status;
  }
}
