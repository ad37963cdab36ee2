import { Agent } from 'node:https';
import { APIS, ERROR_CODES, isErrorCode, VERDICTS } from '@ticket-check/protocol';
import { publicPart, type Ticket, type Ukey } from '@ticket-check/simulators/box-office';
import type { Role } from '@ticket-check/simulators/dev-network';
import { type Bundle, type Reply, request, shanghaiTime, signedBody } from '../../testing/client.ts';
import type { Site } from '../../testing/site.ts';
import { checkRecord, plainTicket, reportQuery, ticketQuery } from '../../testing/tickets.ts';
import { bytesOf, type Chance, mutateJson, mutateText } from './mutate.ts';

/** Sends one mutated request and returns what is wrong with the answer; null where all is as documented. */
export type Target = (chance: Chance) => Promise<string | null>;

type Line = (path: string, body: Buffer | string, headers?: Record<string, string>) => Promise<Reply>;

export async function lineTo(site: Site, role: Role): Promise<Line> {
  const agent = new Agent({ keepAlive: true });
  const CaCertificate = await site.readFile(role, 'tls/ca.pem');
  return (path, body, headers = {}) =>
    request({ Url: site.urlOf(role) + path, CaCertificate }, body, { headers, agent });
}

/** A refusal that repeats what was sent makes answers and logs as long as a stranger likes. */
const LONGEST_REFUSAL = 4_000;
const RECORD_ID = '019389f2-7c00-7abc-8def-0123456789ab';

function parsed(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}

/** Whether an answer's code and status are those of the documented table, where 500 is none. Reading E9. */
function isDocumented(code: unknown, status: number): boolean {
  if (code === undefined) return status === 200;
  if (typeof code !== 'string' || !isErrorCode(code) || code === 'INTERNAL_ERROR') return false;
  // Record-level codes refuse a whole import with 400.
  return ERROR_CODES[code].status === status || (ERROR_CODES[code].status === 200 && status === 400);
}

const shown = (body: Buffer | string, { status, text }: Reply): string =>
  `${status} ${text.slice(0, 500)} (${text.length} characters) answered ${body.toString().slice(0, 1500)}`;

function questionOf(api: string, ticket: Ticket, other: Ticket): unknown {
  const { cinemaCode: CinemaCode, screenCode: ScreenCode, filmCode: FilmCode } = ticket;
  const claim = { ...ticketQuery(ticket), RecordId: RECORD_ID };
  const { CheckStatus: _, RefundStatus: __, RefundTime: ___, ...sold } = plainTicket(ticket);
  const questions: Record<string, unknown> = {
    [APIS.getPublicKeys]: { CinemaCode },
    [APIS.getTicketInfo]: ticketQuery(ticket),
    [APIS.getTicketInfos]: { Tickets: [ticketQuery(ticket), ticketQuery(other)] },
    [APIS.reportOriginalCheckTickets]: reportQuery(CinemaCode, checkRecord(ticket), checkRecord(other)),
    [APIS.claimTicket]: { ...claim, TicketInfoCode: ticket.ticketInfoCode, CheckTime: shanghaiTime(), Gate: '东门' },
    [APIS.releaseClaim]: claim,
    [APIS.importCinemas]: { Cinemas: [{ CinemaCode, CinemaName: '测试影城' }] },
    [APIS.importScreens]: { Screens: [{ CinemaCode, ScreenCode, ScreenName: '7 号厅' }] },
    [APIS.importFilms]: { Films: [{ FilmCode, FilmName: '流浪地球' }] },
    [APIS.importPublicKeys]: { PublicKeys: [{ CinemaCode, PublicKey: 'MIGf|010001', StartTime: shanghaiTime() }] },
    [APIS.importTickets]: { Tickets: [sold] },
    [APIS.importRefunds]: { Refunds: [{ ...ticketQuery(ticket), RefundTime: shanghaiTime() }] },
  };
  return questions[api];
}

/** What the signature of a body covers, as anybody reads it. Readings E2 to E5. */
function signedPartOf(body: Buffer | string): string {
  const { Version, Datetime, Username, Api, QueryData } = parsed(body.toString()) ?? {};
  return JSON.stringify([Number(Version), Datetime, Username, Api, QueryData]);
}

/** Signed Apis: bodies that were changed after they were signed, and changed questions that were signed. */
export const signedApiTarget =
  (line: Line, account: Bundle, apis: readonly string[], tickets: readonly Ticket[]): Target =>
  async (chance) => {
    const api = chance.pick(apis);
    const question = questionOf(api, chance.pick(tickets), chance.pick(tickets));
    const isSignedAfter = chance.oneIn(2);
    const signed = signedBody(account, api, isSignedAfter ? mutateJson(question, chance) : question);
    const body = isSignedAfter ? signed : bytesOf(mutateText(signed, [signed], chance), chance);
    const extensions = mutateText('record-id, claim-ticket', [''], chance).replace(/[^\x20-\x7e]/g, '');
    const answer = await line('/', body, chance.oneIn(2) ? { 'ticket-check-extensions': extensions } : {});
    const reply = parsed(answer.text)?.ReplyData as Record<string, unknown> | undefined;
    if (reply === undefined || !isDocumented(reply.ErrorCode, answer.status)) return shown(body, answer);
    const isTooLong = reply.ErrorCode !== undefined && answer.text.length > LONGEST_REFUSAL;
    const isChanged = !isSignedAfter && signedPartOf(body) !== signedPartOf(signed);
    return isTooLong || (isChanged && reply.ErrorCode === undefined) ? shown(body, answer) : null;
  };

/** The terminal's `POST /scan`: changed codes, codes calculated from others, and changed bodies around codes. */
export function scanTarget(line: Line, token: string, ukey: Ukey, tickets: readonly Ticket[]): Target {
  const codes = tickets.map(({ ticketInfoCode }) => ticketInfoCode);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return async (chance) => {
    const isCode = !chance.oneIn(4);
    const code = chance.pick(codes);
    const changed = chance.oneIn(10) ? calculated(ukey, codes, chance) : mutateText(code, codes, chance);
    const question = { Text: isCode ? changed : code, ...(chance.oneIn(4) ? { Gate: '东门' } : {}) };
    const text = JSON.stringify(question);
    const around = () => (chance.oneIn(2) ? mutateJson(question, chance) : mutateText(text, codes, chance));
    const body = isCode ? text : bytesOf(around(), chance);
    const answer = await line('/scan', body, headers);
    const { Verdict, ErrorCode, FilmTicketCode } = parsed(answer.text) ?? {};
    if (Verdict === undefined)
      return ErrorCode !== undefined && isDocumented(ErrorCode, answer.status) ? null : shown(body, answer);
    const isKnown = typeof Verdict === 'string' && Verdict in VERDICTS && Verdict !== 'STORE_UNAVAILABLE';
    if (!isKnown || answer.status !== 200) return shown(body, answer);
    if (Verdict !== 'ADMIT') return null;
    // A scanner's prefixes and line ends are taken off; what is left must be a code that was sold.
    const sold = tickets.find(({ filmTicketCode }) => filmTicketCode === FilmTicketCode);
    return sold !== undefined && body.toString().includes(sold.ticketInfoCode) ? null : shown(body, answer);
  };
}

/** What somebody without the private key can calculate out of codes that he has seen. */
function calculated(ukey: Ukey, codes: readonly string[], chance: Chance): string {
  const { n = '' } = publicPart(ukey).key.export({ format: 'jwk' });
  const modulus = BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`);
  const [code, other] = [chance.pick(codes), chance.pick(codes)];
  const [block, another] = [blockOf(code), blockOf(other)];
  const numbers = [
    block + modulus,
    modulus - block,
    (block * another) % modulus,
    (block * block) % modulus,
    (block * BigInt(2 + chance.below(1000))) % modulus,
    block ^ (1n << BigInt(chance.below(modulus.toString(2).length))),
    BigInt(chance.below(3)),
    modulus - 1n,
  ];
  const { length } = modulus.toString(16);
  const hex = chance.pick(numbers).toString(16).padStart(length, '0');
  return code.slice(0, 8) + Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64');
}

const blockOf = (code: string): bigint => BigInt(`0x${Buffer.from(code.slice(8), 'base64').toString('hex')}`);
