import { ERROR_CODES, type ErrorCode } from '../errors.ts';

/** Who has to act, whether the same request may succeed when it is sent again, and what its sender does. */
type ErrorAdvice = {
  readonly fault: 'caller' | 'server' | 'above' | 'nobody';
  readonly retry: 'no' | 'later' | 'once-mended';
  readonly do: { readonly en: string; readonly zh: string };
};

const advice = (fault: ErrorAdvice['fault'], retry: ErrorAdvice['retry'], en: string, zh: string): ErrorAdvice => ({
  fault,
  retry,
  do: { en, zh },
});

const REQUEST = advice(
  'caller',
  'no',
  'Mend what the message names; the same request fails again.',
  '改正消息所指之处；原样重发仍会失败。',
);
const LESS = advice('caller', 'no', 'Send it in smaller parts.', '分成更小的部分发送。');
const LATER = advice('server', 'later', 'Send the same request again later.', '稍后重发同一请求。');
const RIGHT = advice(
  'caller',
  'once-mended',
  'Ask the operator of the platform to allow it, then send it again.',
  '请平台运营方授权，然后重发。',
);
const NONE = advice('nobody', 'no', 'Nothing: this is the answer.', '无需处理：这就是应答。');
const RECORD = advice(
  'caller',
  'no',
  'Mend the record that is named; nothing of the report was kept. Send the others without it.',
  '改正所指的记录；整批均未保存。其余记录去掉它后重发。',
);
const QUARANTINED = advice(
  'caller',
  'no',
  'Nothing to send again: the record is kept in quarantine. Look for the fault in its source.',
  '无需重发：记录已隔离保存。请在其来源查找原因。',
);
const CODE = advice(
  'caller',
  'no',
  'Scan the ticket again. If it stays, the code was not made by the cinema of the request.',
  '重新扫描影票。若仍如此，则票码不是请求所指的影院制作的。',
);
const KEY = advice('caller', 'no', 'Send another public key of the cinema.', '另发该影院的公钥。');

/** The advice of each error code. Every code is in exactly one row. */
const ADVICE: readonly (readonly [ErrorAdvice, ...ErrorCode[]])[] = [
  [
    REQUEST,
    ...(['INVALID_ENCODING', 'UNSUPPORTED_ENCODING', 'INVALID_JSON', 'DUPLICATE_KEY'] as const),
    ...(['INVALID_ENVELOPE', 'VERSION_UNSUPPORTED'] as const),
    ...(['API_UNKNOWN', 'INVALID_QUERY', 'METHOD_NOT_ALLOWED', 'NOT_FOUND', 'START_TIME_OUT_OF_RANGE'] as const),
  ],
  [
    advice('caller', 'once-mended', 'Set the clock (NTP), sign again, and send.', '校准时钟（NTP），重新签名后发送。'),
    'CLOCK_SKEW',
  ],
  [
    advice(
      'caller',
      'once-mended',
      'Compare the signed text byte by byte, and the account’s public key with the private key in use.',
      '逐字节比对签名原文，并核对账号公钥与所用私钥。',
    ),
    'SIGNATURE_INVALID',
    'UNAUTHORIZED',
  ],
  [RIGHT, 'API_NOT_ALLOWED', 'CINEMA_NOT_ALLOWED', 'FILM_LIMIT', 'KEY_LIMIT'],
  [
    advice(
      'caller',
      'later',
      'Use each account from one store only, or wait ten minutes.',
      '每个账号只用于一个数据库，或等待十分钟。',
    ),
    'ACCOUNT_IN_USE',
  ],
  [LESS, 'TOO_MANY_RECORDS', 'TOO_MANY_TICKETS', 'BODY_TOO_LARGE'],
  [LATER, 'BODY_TOO_SLOW', 'OVERLOADED', 'KEYS_UNAVAILABLE', 'STORE_UNAVAILABLE', 'QUARANTINE_FULL'],
  [
    advice('above', 'later', 'Decide by the offline policy and ask again later.', '按离线策略判定，稍后再问。'),
    'UPSTREAM_UNAVAILABLE',
  ],
  [
    advice(
      'server',
      'later',
      'Send it again later; if it stays, report the request to the operator.',
      '稍后重发；若仍如此，请报告平台运营方。',
    ),
    'INTERNAL_ERROR',
  ],
  [NONE, 'TICKET_NOT_FOUND', 'NOT_CLAIM_HOLDER', 'ETICKET_NOT_FOUND', 'CINEMA_UNKNOWN'],
  [advice('nobody', 'no', 'Begin again with an empty cursor.', '以空游标重新开始。'), 'CURSOR_UNKNOWN'],
  [
    RECORD,
    ...([
      'MISSING_ELEMENT',
      'WRONG_TYPE',
      'WRONG_LENGTH',
      'INVALID_CODE',
      'INVALID_DATETIME',
      'INVALID_PRICE',
    ] as const),
    ...([
      'INVALID_TICKET_TYPE',
      'INVALID_TICKET_CODE',
      'INVALID_VERDICT',
      'INVALID_RECORD_ID',
      'NOT_RECORD_OWNER',
    ] as const),
  ],
  [QUARANTINED, 'CODE_CONTRADICTS_RECORD', 'TOO_MANY_ENTRIES', 'CHECK_TIME_IMPLAUSIBLE'],
  [CODE, 'CODE_LENGTH', 'CODE_ALPHABET', 'CODE_BASE64', 'CODE_NOT_GENUINE', 'CODE_FIELD'],
  [
    KEY,
    ...(['PUBLIC_KEY_UNREADABLE', 'PUBLIC_KEY_TOO_SHORT', 'PUBLIC_KEY_TOO_LONG', 'PUBLIC_KEY_EXPONENT'] as const),
    ...(['PUBLIC_KEY_WEAK', 'KEY_OF_ANOTHER_CINEMA', 'KEY_CONFLICT'] as const),
  ],
];

const ADVICE_OF = new Map(ADVICE.flatMap(([given, ...codes]) => codes.map((code) => [code, given])));

/** Every error code for machines, as `docs/contract/error-codes.json` has it. */
export function errorCodesJson() {
  return Object.entries(ERROR_CODES).map(([code, { status, what, zh }]) => ({
    code,
    status,
    says: { en: what, zh },
    ...ADVICE_OF.get(code as ErrorCode),
  }));
}
