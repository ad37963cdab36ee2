import type { KeyObject } from 'node:crypto';
import {
  APIS,
  type Envelope,
  epochOf,
  ProtocolError,
  parseCheckTicket,
  parseQuery,
  readEnvelope,
  reportQuery,
  SOLD_NAMES,
  verifySignature,
} from '@ticket-check/protocol';

/** What requests are judged by, in the order of the result. */
export const RULES = [
  ...(['post', 'utf-8', 'duplicate', 'elements', 'datetime', 'signature'] as const),
  ...(['records', 'limit', 'foreign', 'decimals'] as const),
];
type Rule = (typeof RULES)[number];
/** What a caller did against the scheme, by what it concerns. */
export type Fault = { readonly rule: Rule; readonly what: string };

const ENVELOPE = ['Version', 'Datetime', 'Username', 'Api', 'Signature', 'QueryData'];
const QUERIES: Readonly<Record<string, readonly string[]>> = {
  [APIS.getPublicKeys]: ['CinemaCode'],
  [APIS.getTicketInfo]: ['CinemaCode', 'FilmTicketCode', 'StartTime'],
  [APIS.reportOriginalCheckTickets]: ['CinemaCode', 'CheckTickets'],
};
/** The elements of a check record. Scheme 6.6.2.2.2, 7.6.2.2.2. */
const RECORD = ['TicketInfoCode', 'CheckTime', ...SOLD_NAMES].filter((name) => !/^Cinema|SellTime/.test(name));

const RULE_OF: Readonly<Record<string, Rule>> = { INVALID_ENCODING: 'utf-8', DUPLICATE_KEY: 'duplicate' };

export type RawRequest = { readonly method: string; readonly body: Buffer };

/** Reads and judges a request by the scheme. `envelope` is null where it is too broken to be answered. */
export function judge(
  { method, body }: RawRequest,
  account: (username: string) => KeyObject | null,
  { windowMs }: { windowMs: number },
): { envelope: Envelope | null; faults: Fault[] } {
  const faults: Fault[] = [];
  const note = (rule: Rule, what: string) => void faults.push({ rule, what });
  if (method !== 'POST') note('post', `the method is ${method}`);
  let envelope: Envelope;
  try {
    envelope = readEnvelope(body);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    note(RULE_OF[error.code] ?? 'elements', error.message);
    return { envelope: null, faults };
  }
  const { api, query, queryText, datetime } = envelope;
  const off = Math.round(Math.abs(epochOf(datetime) - Date.now()) / 1000);
  if (off * 1000 > windowMs) note('datetime', `Datetime ${datetime} is ${off} s from the time in Shanghai`);
  const key = account(envelope.username);
  if (key === null) note('elements', `the account ${envelope.username} was not issued`);
  else if (!verifySignature(envelope, key)) note('signature', `Signature does not fit the text of ${api}`);
  const known = QUERIES[api];
  if (known === undefined) note('foreign', `the Api ${api} is none of the scheme`);
  const foreign = [
    ...namesBeside(JSON.parse(body.toString('utf8')), ENVELOPE),
    ...namesBeside(query, known ?? Object.keys(query)),
  ];
  if (foreign.length > 0) note('foreign', `the scheme does not name ${foreign.join(', ')}`);
  if (api === APIS.reportOriginalCheckTickets) judgeReport(query, queryText, note);
  return { envelope, faults };
}

function judgeReport(query: Record<string, unknown>, text: string, note: (rule: Rule, what: string) => void): void {
  try {
    const { cinemaCode, checkTickets } = parseQuery(reportQuery, query);
    for (const raw of checkTickets) {
      parseCheckTicket(raw, cinemaCode, { extended: false });
      const foreign = namesBeside(raw as object, RECORD);
      if (foreign.length > 0) note('foreign', `the scheme does not name ${foreign.join(', ')} in a record`);
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    note(error.code === 'TOO_MANY_RECORDS' ? 'limit' : 'records', error.message);
  }
  const amounts = [...text.matchAll(/"(?:Price|Service)"\s*:\s*"?([^",}\s]*)/g)].map(([, amount = '']) => amount);
  const odd = amounts.find((amount) => !/^\d+\.\d\d$/.test(amount));
  if (odd !== undefined) note('decimals', `an amount is written ${odd}, not with two decimals`);
}

export const namesBeside = (value: object, names: readonly string[]): string[] =>
  Object.keys(value).filter((name) => !names.includes(name));
