/**
 * Every error code of the three roles, with the HTTP status of a reply that carries it and one sentence of what it says, in English (`what`,
 * which replies carry) and Chinese (`zh`, for pages).
 * Status 200: the question was answered, or the code names a record in the reply to a report.
 * Scheme 6.4.2, 7.4.2; readings E9 and R3.
 */
export const ERROR_CODES = {
  // The request was not answered.
  INVALID_ENCODING: { status: 400, what: 'The body is not UTF-8.', zh: '请求体不是 UTF-8。' },
  UNSUPPORTED_ENCODING: {
    status: 415,
    what: 'The body is compressed; send it uncompressed.',
    zh: '请求体经过压缩；请发送未压缩的内容。',
  },
  INVALID_JSON: { status: 400, what: 'The body is not JSON.', zh: '请求体不是 JSON。' },
  DUPLICATE_KEY: {
    status: 400,
    what: 'Duplicate key in an object of the body.',
    zh: '请求体的一个对象中有重复的键。',
  },
  INVALID_ENVELOPE: {
    status: 400,
    what: 'One of the six request elements is missing or has the wrong type.',
    zh: '六个请求元素中有一个缺失或类型不对。',
  },
  VERSION_UNSUPPORTED: { status: 400, what: 'Version is not 1.0.', zh: 'Version 不是 1.0。' },
  API_UNKNOWN: { status: 404, what: 'No Api of this name is served here.', zh: '这里没有 Api 所指的接口。' },
  CLOCK_SKEW: {
    status: 401,
    what: 'Datetime is too far from the clock of the server.',
    zh: 'Datetime 与服务器的时钟相差过大。',
  },
  SIGNATURE_INVALID: {
    status: 401,
    what: 'The user is unknown, or Signature does not fit the request.',
    zh: '用户不存在，或 Signature 与请求不符。',
  },
  API_NOT_ALLOWED: { status: 403, what: 'The account may not call this Api.', zh: '该账号不可调用此接口。' },
  ACCOUNT_IN_USE: {
    status: 403,
    what: 'The account was used from another store within the last 10 minutes.',
    zh: '该账号在最近 10 分钟内从另一个数据库使用过。',
  },
  CINEMA_NOT_ALLOWED: { status: 403, what: 'The account may not act for this cinema.', zh: '该账号不可代表此影院。' },
  INVALID_QUERY: {
    status: 400,
    what: 'An element of QueryData is missing or malformed.',
    zh: 'QueryData 的某个元素缺失或形式不对。',
  },
  TOO_MANY_RECORDS: {
    status: 400,
    what: 'The request has more than 1000 records.',
    zh: '请求中的记录超过 1000 条。',
  },
  TOO_MANY_TICKETS: {
    status: 400,
    what: 'The request asks about more than 100 tickets.',
    zh: '请求查询的影票超过 100 张。',
  },
  BODY_TOO_LARGE: {
    status: 413,
    what: 'The body is larger than the server accepts.',
    zh: '请求体超过服务器所能接受的大小。',
  },
  BODY_TOO_SLOW: {
    status: 408,
    what: 'The body arrived too slowly; send the same request again later.',
    zh: '请求体到达得太慢；请稍后重发同一请求。',
  },
  METHOD_NOT_ALLOWED: { status: 405, what: 'Requests of the scheme are sent with POST.', zh: '方案的请求使用 POST。' },
  NOT_FOUND: { status: 404, what: 'Nothing is served at this path.', zh: '此路径没有内容。' },
  OVERLOADED: {
    status: 503,
    what: 'The server is overloaded; send the same request again later.',
    zh: '服务器忙不过来；请稍后重发同一请求。',
  },
  KEYS_UNAVAILABLE: {
    status: 503,
    what: 'No public key of this cinema has been received yet; try again.',
    zh: '尚未收到该影院的公钥；请重试。',
  },
  UPSTREAM_UNAVAILABLE: {
    status: 503,
    what: 'The platform above gave no usable answer.',
    zh: '上级平台没有给出可用的应答。',
  },
  STORE_UNAVAILABLE: { status: 503, what: 'The store cannot be read or written.', zh: '数据库无法读写。' },
  UNAUTHORIZED: { status: 401, what: 'The caller did not prove its identity.', zh: '调用方未能证明自己的身份。' },
  INTERNAL_ERROR: { status: 500, what: 'The server failed unexpectedly.', zh: '服务器内部出现意外。' },

  // The question was answered.
  TICKET_NOT_FOUND: { status: 200, what: 'No such ticket was sold.', zh: '没有售出过这张票。' },
  NOT_CLAIM_HOLDER: {
    status: 200,
    what: 'Another account made this claim; only that one releases it.',
    zh: '占票由另一账号作出；只有该账号才能归还。',
  },
  ETICKET_NOT_FOUND: { status: 200, what: 'No e-ticket has this token.', zh: '没有电子影票使用此令牌。' },
  CURSOR_UNKNOWN: {
    status: 200,
    what: 'The cursor is of other data or other cinemas; begin again with an empty one.',
    zh: '游标属于其他数据或其他影院；请以空游标重新开始。',
  },
  CINEMA_UNKNOWN: { status: 200, what: 'No cinema has this code.', zh: '没有影院使用此编码。' },

  // A record or a row is malformed.
  MISSING_ELEMENT: {
    status: 200,
    what: 'A required element of the record is missing or empty.',
    zh: '记录必须有的元素缺失或为空。',
  },
  WRONG_TYPE: { status: 200, what: 'An element has the wrong JSON type.', zh: '元素的 JSON 类型不对。' },
  WRONG_LENGTH: {
    status: 200,
    what: 'A code does not have its fixed length, or a name has more than 128 characters.',
    zh: '编码不是规定的长度，或名称超过 128 个字符。',
  },
  INVALID_CODE: { status: 200, what: 'A code has a character that codes cannot have.', zh: '编码中有不允许的字符。' },
  INVALID_DATETIME: {
    status: 200,
    what: 'A datetime is not a real YYYY-MM-DDThh:mm:ss.',
    zh: '日期时间不是真实的 YYYY-MM-DDThh:mm:ss。',
  },
  INVALID_PRICE: {
    status: 200,
    what: 'An amount is not 0 to 100000 yuan with two decimals.',
    zh: '金额不是 0 至 100000 元、两位小数。',
  },
  INVALID_TICKET_TYPE: {
    status: 200,
    what: 'TicketType is neither 现场售票 nor 网络售票.',
    zh: 'TicketType 既不是现场售票也不是网络售票。',
  },
  INVALID_TICKET_CODE: {
    status: 200,
    what: 'TicketInfoCode cannot be a ticket info code.',
    zh: 'TicketInfoCode 不可能是影票信息码。',
  },
  INVALID_VERDICT: {
    status: 200,
    what: 'OverriddenVerdict is not a verdict that refuses a guest.',
    zh: 'OverriddenVerdict 不是拒绝入场的判定。',
  },
  INVALID_RECORD_ID: {
    status: 200,
    what: 'RecordId is not a UUID of version 7 or 8.',
    zh: 'RecordId 不是版本 7 或 8 的 UUID。',
  },

  // A record is quarantined.
  CODE_CONTRADICTS_RECORD: {
    status: 200,
    what: 'The ticket info code names another ticket than the record.',
    zh: '影票信息码所指的影票与记录不同。',
  },
  QUARANTINE_FULL: {
    status: 200,
    what: 'The record would be quarantined, and the account has reached its limit there. Its sender keeps it and sends it again.',
    zh: '该记录将被隔离，而账号的隔离记录已达上限。发送方保留它并再次发送。',
  },
  TOO_MANY_ENTRIES: {
    status: 200,
    what: 'The account has reached the limit of counted records for one ticket; this record was quarantined.',
    zh: '该影票经此账号计入的记录已达上限；这一条予以隔离。',
  },
  NOT_RECORD_OWNER: {
    status: 200,
    what: 'Another account reported the check record; only that one, or the one that replaces it, reverses it.',
    zh: '该检票记录由另一账号上报，只有该账号或接替它的账号可以冲正。',
  },
  CHECK_TIME_IMPLAUSIBLE: {
    status: 200,
    what: 'CheckTime is more than two days from StartTime.',
    zh: 'CheckTime 与 StartTime 相差超过两天。',
  },

  // A ticket info code cannot be accepted.
  CODE_LENGTH: {
    status: 400,
    what: 'The text does not have the length of a ticket info code.',
    zh: '文本的长度不是影票信息码的长度。',
  },
  CODE_ALPHABET: {
    status: 400,
    what: 'The text has, or lacks, characters in a way that no ticket info code does.',
    zh: '文本含有或缺少某些字符，影票信息码不会如此。',
  },
  CODE_BASE64: {
    status: 400,
    what: 'The encrypted part of the code is not canonical Base64.',
    zh: '票码的加密部分不是规范的 Base64。',
  },
  CODE_NOT_GENUINE: {
    status: 400,
    what: 'No key of the cinema decrypts the code.',
    zh: '该影院的公钥都解不开此票码。',
  },
  START_TIME_OUT_OF_RANGE: {
    status: 400,
    what: 'StartTime is too far from the clock of the platform for a claim or an e-ticket.',
    zh: 'StartTime 与平台的时钟相差过大，不能占票或制作电子影票。',
  },
  CODE_FIELD: {
    status: 400,
    what: 'The code decrypts, but one of its fields is malformed.',
    zh: '票码能解开，但其中一个字段形式不对。',
  },

  // A data source brings more names than it may.
  FILM_LIMIT: {
    status: 400,
    what: 'The account has added the maximum number of films.',
    zh: '该账号添加的影片已达上限。',
  },

  // A public key cannot be accepted.
  PUBLIC_KEY_UNREADABLE: {
    status: 400,
    what: 'The text is not an RSA public key in any accepted form.',
    zh: '文本不是任何可接受形式的 RSA 公钥。',
  },
  PUBLIC_KEY_TOO_SHORT: { status: 400, what: 'The modulus is shorter than 1024 bits.', zh: '模数短于 1024 位。' },
  PUBLIC_KEY_TOO_LONG: { status: 400, what: 'The modulus is longer than 4096 bits.', zh: '模数长于 4096 位。' },
  PUBLIC_KEY_EXPONENT: {
    status: 400,
    what: 'The public exponent is below 65537, above 4294967296 or even.',
    zh: '公开指数低于 65537、高于 4294967296 或为偶数。',
  },
  PUBLIC_KEY_WEAK: {
    status: 400,
    what: 'The modulus is easy to factor; make a new key pair.',
    zh: '模数一眼就能分解；必须重新生成密钥对。',
  },
  KEY_LIMIT: {
    status: 400,
    what: 'The cinema has the maximum number of keys.',
    zh: '该影院的公钥已达一家影院的上限。',
  },
  KEY_OF_ANOTHER_CINEMA: {
    status: 400,
    what: 'The same key already belongs to another cinema.',
    zh: '同一公钥已属于另一家影院。',
  },
  KEY_CONFLICT: { status: 400, what: 'The key contradicts one that is already known.', zh: '该公钥与已知的公钥矛盾。' },
} as const satisfies Record<string, { status: number; what: string; zh: string }>;

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
