/** Who has to act, whether the same request may succeed when it is sent again, and what its sender does. */
type ErrorAdvice = readonly [
  fault: 'caller' | 'server' | 'above' | 'nobody',
  retry: 'no' | 'later' | 'once-mended',
  en: string,
  zh: string,
];

const ADVICE = {
  REQUEST: [
    'caller',
    'no',
    'Mend what the message names; the same request fails again.',
    '改正消息所指之处；原样重发仍会失败。',
  ],
  CLOCK: ['caller', 'once-mended', 'Set the clock (NTP), sign again, and send.', '校准时钟（NTP），重新签名后发送。'],
  PROOF: [
    'caller',
    'once-mended',
    'Compare the signed text byte by byte, and the account’s public key with the private key in use.',
    '逐字节比对签名原文，并核对账号公钥与所用私钥。',
  ],
  RIGHT: [
    'caller',
    'once-mended',
    'Ask the operator of the platform to allow it, then send it again.',
    '请平台运营方授权，然后重发。',
  ],
  STORE: [
    'caller',
    'later',
    'Use each account from one store only, or wait ten minutes.',
    '每个账号只用于一个数据库，或等待十分钟。',
  ],
  LESS: ['caller', 'no', 'Send it in smaller parts.', '分成更小的部分发送。'],
  LATER: ['server', 'later', 'Send the same request again later.', '稍后重发同一请求。'],
  ABOVE: ['above', 'later', 'Decide by the offline policy and ask again later.', '按离线策略判定，稍后再问。'],
  SERVER: [
    'server',
    'later',
    'Send it again later; if it stays, report the request to the operator.',
    '稍后重发；若仍如此，请报告平台运营方。',
  ],
  NONE: ['nobody', 'no', 'Nothing: this is the answer.', '无需处理：这就是应答。'],
  CURSOR: ['nobody', 'no', 'Begin again with an empty cursor.', '以空游标重新开始。'],
  RECORD: [
    'caller',
    'no',
    'Mend the record that is named; nothing of the report was kept. Send the others without it.',
    '改正所指的记录；整批均未保存。其余记录去掉它后重发。',
  ],
  QUARANTINED: [
    'caller',
    'no',
    'Nothing to send again: the record is kept in quarantine. Look for the fault in its source.',
    '无需重发：记录已隔离保存。请在其来源查找原因。',
  ],
  CODE: [
    'caller',
    'no',
    'Scan the ticket again. If it stays, the code was not made by the cinema of the request.',
    '重新扫描影票。若仍如此，则票码不是请求所指的影院制作的。',
  ],
  KEY: ['caller', 'no', 'Send another public key of the cinema.', '另发该影院的公钥。'],
} as const satisfies Readonly<Record<string, ErrorAdvice>>;

type CodeRow = readonly [status: number, what: string, zh: string];

type CodeWords = { readonly status: number; readonly what: string; readonly zh: string; readonly advice: ErrorAdvice };

const codes = <T extends Readonly<Record<string, CodeRow>>>(advice: keyof typeof ADVICE, table: T) =>
  Object.fromEntries(
    Object.entries(table).map(([code, [status, what, zh]]) => [code, { status, what, zh, advice: ADVICE[advice] }]),
  ) as { readonly [Code in keyof T]: CodeWords };

/**
 * Every error code of the three roles, by what its sender does, with the HTTP status of a reply that carries it and one sentence of
 * what it says, in English (`what`, which replies carry) and Chinese (`zh`, for pages).
 * Status 200: the question was answered, or the code names a record in the reply to a report.
 * Scheme 6.4.2, 7.4.2; readings E9 and R3.
 */
export const ERROR_CODES = {
  ...codes('REQUEST', {
    INVALID_ENCODING: [400, 'The body is not UTF-8.', '请求体不是 UTF-8。'],
    UNSUPPORTED_ENCODING: [415, 'The body is compressed; send it plain.', '请求体经过压缩；请发送未压缩的内容。'],
    INVALID_JSON: [400, 'The body is not JSON.', '请求体不是 JSON。'],
    DUPLICATE_KEY: [400, 'Duplicate key in an object of the body.', '请求体的一个对象中有重复的键。'],
    INVALID_ENVELOPE: [400, 'A request element is missing or has the wrong type.', '请求元素缺失或类型不对。'],
    VERSION_UNSUPPORTED: [400, 'Version is not 1.0.', 'Version 不是 1.0。'],
    API_UNKNOWN: [404, 'No Api of this name is served here.', '这里没有 Api 所指的接口。'],
    INVALID_QUERY: [400, 'An element of QueryData is missing or malformed.', 'QueryData 的某个元素缺失或形式不对。'],
    METHOD_NOT_ALLOWED: [405, 'Requests of the scheme are sent with POST.', '方案的请求使用 POST。'],
    NOT_FOUND: [404, 'Nothing is served at this path.', '此路径没有内容。'],
    START_TIME_OUT_OF_RANGE: [
      400,
      'StartTime is too far from the clock of the platform for a claim or an e-ticket.',
      'StartTime 与平台的时钟相差过大，不能占票或制作电子影票。',
    ],
  }),
  ...codes('CLOCK', {
    CLOCK_SKEW: [401, 'Datetime is too far from the clock of the server.', 'Datetime 与服务器的时钟相差过大。'],
  }),
  ...codes('PROOF', {
    SIGNATURE_INVALID: [401, 'Unknown user, or Signature does not fit.', '用户不存在，或 Signature 不符。'],
    UNAUTHORIZED: [401, 'The caller did not prove its identity.', '调用方未能证明自己的身份。'],
  }),
  ...codes('RIGHT', {
    API_NOT_ALLOWED: [403, 'The account may not call this Api.', '该账号不可调用此接口。'],
    CINEMA_NOT_ALLOWED: [403, 'The account may not act for this cinema.', '该账号不可代表此影院。'],
    FILM_LIMIT: [400, 'The account has added the maximum number of films.', '该账号添加的影片已达上限。'],
    KEY_LIMIT: [400, 'The cinema has the maximum number of keys.', '该影院的公钥已达一家影院的上限。'],
  }),
  ...codes('STORE', {
    ACCOUNT_IN_USE: [403, 'Another store used the account within 10 minutes.', '另一个数据库在 10 分钟内用过该账号。'],
  }),
  ...codes('LESS', {
    TOO_MANY_RECORDS: [400, 'The request has more than 1000 records.', '请求中的记录超过 1000 条。'],
    TOO_MANY_TICKETS: [400, 'The request asks about more than 100 tickets.', '请求查询的影票超过 100 张。'],
    BODY_TOO_LARGE: [413, 'The body is larger than the server accepts.', '请求体超过服务器所能接受的大小。'],
  }),
  ...codes('LATER', {
    BODY_TOO_SLOW: [408, 'The body arrived too slowly; send it again later.', '请求体到达得太慢；请稍后重发。'],
    OVERLOADED: [503, 'The server is overloaded; send the request again later.', '服务器忙不过来；请稍后重发。'],
    KEYS_UNAVAILABLE: [
      503,
      'No public key of this cinema has arrived yet; try again.',
      '尚未收到该影院的公钥；请重试。',
    ],
    STORE_UNAVAILABLE: [503, 'The store cannot be read or written.', '数据库无法读写。'],
    QUARANTINE_FULL: [
      200,
      'The record would be quarantined, and the account has reached its limit there. Its sender keeps it and sends it again.',
      '该记录将被隔离，而账号的隔离记录已达上限。发送方保留它并再次发送。',
    ],
  }),
  ...codes('ABOVE', {
    UPSTREAM_UNAVAILABLE: [503, 'The platform above gave no usable answer.', '上级平台没有给出可用的应答。'],
  }),
  ...codes('SERVER', {
    INTERNAL_ERROR: [500, 'The server failed unexpectedly.', '服务器内部出现意外。'],
  }),
  ...codes('NONE', {
    TICKET_NOT_FOUND: [200, 'No such ticket was sold.', '没有售出过这张票。'],
    NOT_CLAIM_HOLDER: [200, 'Only the account that made this claim releases it.', '只有占票的账号才能归还。'],
    ETICKET_NOT_FOUND: [200, 'No e-ticket has this token.', '没有电子影票使用此令牌。'],
    CINEMA_UNKNOWN: [200, 'No cinema has this code.', '没有影院使用此编码。'],
  }),
  ...codes('CURSOR', {
    CURSOR_UNKNOWN: [
      200,
      'The cursor is of other data; begin with an empty one.',
      '游标属于其他数据；请以空游标重新开始。',
    ],
  }),
  ...codes('RECORD', {
    MISSING_ELEMENT: [200, 'A required element of the record is missing or empty.', '记录必须有的元素缺失或为空。'],
    WRONG_TYPE: [200, 'An element has the wrong JSON type.', '元素的 JSON 类型不对。'],
    WRONG_LENGTH: [200, 'A code or a name has the wrong length.', '编码不是规定的长度，或名称超过 128 个字符。'],
    INVALID_CODE: [200, 'A code has a character that codes cannot have.', '编码中有不允许的字符。'],
    INVALID_DATETIME: [200, 'A datetime is no real YYYY-MM-DDThh:mm:ss.', '日期时间不是真实的 YYYY-MM-DDThh:mm:ss。'],
    INVALID_PRICE: [200, 'An amount is not 0 to 100000 yuan with two decimals.', '金额不是 0 至 100000 元、两位小数。'],
    INVALID_TICKET_TYPE: [200, 'TicketType is neither 现场售票 nor 网络售票.', 'TicketType 不是现场售票或网络售票。'],
    INVALID_TICKET_CODE: [200, 'TicketInfoCode cannot be a ticket info code.', 'TicketInfoCode 不可能是影票信息码。'],
    INVALID_VERDICT: [200, 'OverriddenVerdict is no verdict that refuses.', 'OverriddenVerdict 不是拒绝入场的判定。'],
    INVALID_RECORD_ID: [200, 'RecordId is not a UUID of version 7 or 8.', 'RecordId 不是版本 7 或 8 的 UUID。'],
    NOT_RECORD_OWNER: [
      200,
      'Only the account that reported the record, or the one that replaces it, reverses it.',
      '只有上报该记录的账号或接替它的账号可以冲正。',
    ],
  }),
  ...codes('QUARANTINED', {
    CODE_CONTRADICTS_RECORD: [200, 'The code names another ticket than the record.', '票码所指的影票与记录不同。'],
    TOO_MANY_ENTRIES: [200, 'The account has counted this ticket too often.', '该影票经此账号计入的次数已达上限。'],
    CHECK_TIME_IMPLAUSIBLE: [200, 'CheckTime is over two days from StartTime.', 'CheckTime 与 StartTime 相差逾两天。'],
  }),
  ...codes('CODE', {
    CODE_LENGTH: [400, 'The text does not have the length of a ticket info code.', '文本的长度不是影票信息码的长度。'],
    CODE_ALPHABET: [
      400,
      'The text has characters that no ticket info code has, or its letters are all in one case.',
      '文本含有影票信息码没有的字符，或字母全为大写或全为小写。',
    ],
    CODE_BASE64: [400, 'The encrypted part of the code is not canonical Base64.', '票码的加密部分不是规范的 Base64。'],
    CODE_NOT_GENUINE: [400, 'No key of the cinema decrypts the code.', '该影院的公钥都解不开此票码。'],
    CODE_FIELD: [400, 'The code decrypts, but one of its fields is malformed.', '票码能解开，但其中一个字段形式不对。'],
  }),
  ...codes('KEY', {
    PUBLIC_KEY_UNREADABLE: [400, 'The text is no accepted form of an RSA public key.', '文本不是可接受的 RSA 公钥。'],
    PUBLIC_KEY_TOO_SHORT: [400, 'The modulus is shorter than 1024 bits.', '模数短于 1024 位。'],
    PUBLIC_KEY_TOO_LONG: [400, 'The modulus is longer than 4096 bits.', '模数长于 4096 位。'],
    PUBLIC_KEY_EXPONENT: [
      400,
      'The exponent is below 65537, above 2^32 or even.',
      '指数低于 65537、高于 2^32 或为偶数。',
    ],
    PUBLIC_KEY_WEAK: [400, 'The modulus is easy to factor; make a new key pair.', '模数容易分解；请重新生成密钥对。'],
    KEY_OF_ANOTHER_CINEMA: [400, 'The same key already belongs to another cinema.', '同一公钥已属于另一家影院。'],
    KEY_CONFLICT: [400, 'The key contradicts one that is already known.', '该公钥与已知的公钥矛盾。'],
  }),
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export const isErrorCode = (text: unknown): text is ErrorCode =>
  typeof text === 'string' && Object.hasOwn(ERROR_CODES, text);

/** What an error says beside its code and message; plain data, free of secrets. */
type ErrorDetails = Readonly<Record<string, unknown>>;

/**
 * A refusal with a documented code; the message names the element and what to do, and may be shown to the caller. `status` is the table's,
 * unless the same code means that the whole request was refused (a malformed row of an import).
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

/** Every error code for machines, as `docs/contract/error-codes.json` has it. */
export const errorCodesJson = () =>
  Object.entries(ERROR_CODES).map(([code, { status, what, zh, advice }]) => {
    const [fault, retry, doEn, doZh] = advice;
    return { code, status, says: { en: what, zh }, fault, retry, do: { en: doEn, zh: doZh } };
  });
