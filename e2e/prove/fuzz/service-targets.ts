import { Agent } from 'node:https';
import { APIS, ERROR_CODES, isErrorCode, VERDICTS } from '@ticket-check/protocol';
import type { Ticket } from '@ticket-check/simulators/box-office';
import type { Role } from '@ticket-check/simulators/dev-network';
import { type Bundle, type Reply, request, signedBody } from '../../testing/client.ts';
import type { Site } from '../../testing/site.ts';
import { checkRecord, reportQuery, ticketQuery } from '../../testing/tickets.ts';
import { mutateJson } from './mutate-json.ts';
import { bytesOf, mutateText } from './mutate-text.ts';
import type { Chance } from './random.ts';
import { sampleQueries } from './samples.ts';

/** Sends one mutated request and answers what is wrong with what came back; null where all is as documented. */
export type ServiceTarget = (chance: Chance) => Promise<string | null>;

/** Posts a body to a service over connections that stay open. */
type Line = (path: string, body: Buffer | string, headers?: Record<string, string>) => Promise<Reply>;

export async function lineTo(site: Site, role: Role): Promise<Line> {
  const agent = new Agent({ keepAlive: true });
  const CaCertificate = await site.readFile(role, 'tls/ca.pem');
  return (path, body, headers = {}) =>
    request({ Url: site.urlOf(role) + path, CaCertificate }, body, { headers, agent });
}

/** A refusal that repeats what was sent makes answers and logs as long as a stranger likes. */
const LONGEST_REFUSAL = 4_000;

const parsed = (text: string): Record<string, unknown> | null => {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
};

/** Whether an answer's code and status are those of the documented table, where 500 is none. Reading E9. */
function isDocumented(code: unknown, status: number): boolean {
  if (code === undefined) return status === 200;
  if (typeof code !== 'string' || !isErrorCode(code) || code === 'INTERNAL_ERROR') return false;
  // Record-level codes refuse a whole import with 400.
  return ERROR_CODES[code].status === status || (ERROR_CODES[code].status === 200 && status === 400);
}

const shown = (body: Buffer | string, { status, text }: Reply): string =>
  `${status} ${text.slice(0, 500)} (${text.length} characters) answered ${body.toString().slice(0, 1500)}`;

/** Signed Apis: bodies that were changed after they were signed, and changed questions that were signed. */
export function signedApiTarget(
  line: Line,
  account: Bundle,
  apis: readonly string[],
  tickets: readonly Ticket[],
): ServiceTarget {
  const questionOf = (api: string, chance: Chance): unknown => {
    const ticket = chance.pick(tickets);
    if (api === APIS.getPublicKeys) return { CinemaCode: ticket.cinemaCode };
    if (api === APIS.getTicketInfo) return ticketQuery(ticket);
    if (api === APIS.getTicketInfos) return { Tickets: [ticketQuery(ticket), ticketQuery(chance.pick(tickets))] };
    if (api !== APIS.reportOriginalCheckTickets) return sampleQueries[api];
    return reportQuery(ticket.cinemaCode, checkRecord(ticket), checkRecord(chance.pick(tickets)));
  };
  return async (chance) => {
    const api = chance.pick(apis);
    const question = questionOf(api, chance);
    const isSignedAfter = chance.oneIn(2);
    const signed = signedBody(account, api, isSignedAfter ? mutateJson(question, chance) : question);
    const body = isSignedAfter ? signed : bytesOf(mutateText(signed, [signed], chance), chance);
    const announced = chance.oneIn(2) ? { 'ticket-check-extensions': mutateHeader(chance) } : {};
    const answer = await line('/', body, announced);
    const reply = parsed(answer.text)?.ReplyData as Record<string, unknown> | undefined;
    if (reply === undefined || !isDocumented(reply.ErrorCode, answer.status)) return shown(body, answer);
    const isTooLong = reply.ErrorCode !== undefined && answer.text.length > LONGEST_REFUSAL;
    return isTooLong ? shown(body, answer) : null;
  };
}

const mutateHeader = (chance: Chance): string =>
  mutateText('record-id, claim-ticket', [''], chance).replace(/[^\x20-\x7e]/g, '');

const CODES_SHARE = 4;

/** The terminal's `POST /scan`: changed codes, and changed bodies around them. */
export function scanTarget(line: Line, token: string, tickets: readonly Ticket[]): ServiceTarget {
  const codes = tickets.map(({ ticketInfoCode }) => ticketInfoCode);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return async (chance) => {
    const code = chance.pick(codes);
    const isScan = !chance.oneIn(CODES_SHARE);
    const scanned = isScan ? mutateText(code, codes, chance) : code;
    const question = { Text: scanned, ...(chance.oneIn(4) ? { Gate: '东门' } : {}) };
    const body = isScan
      ? JSON.stringify(question)
      : bytesOf(
          chance.oneIn(2) ? mutateJson(question, chance) : mutateText(JSON.stringify(question), codes, chance),
          chance,
        );
    const answer = await line('/scan', body, headers);
    const reply = parsed(answer.text);
    if (reply === null) return shown(body, answer);
    const { Verdict: verdict, ErrorCode: errorCode, FilmTicketCode: admitted } = reply;
    if (verdict === undefined)
      return isDocumented(errorCode, answer.status) && errorCode !== undefined ? null : shown(body, answer);
    const isKnown = typeof verdict === 'string' && verdict in VERDICTS && verdict !== 'STORE_UNAVAILABLE';
    if (!isKnown || answer.status !== 200) return shown(body, answer);
    if (verdict !== 'ADMIT') return null;
    // A scanner's prefixes and line ends are taken off; what is left must be a code that was sold.
    const sold = tickets.find(({ filmTicketCode }) => filmTicketCode === admitted);
    return sold !== undefined && body.toString().includes(sold.ticketInfoCode) ? null : shown(body, answer);
  };
}
