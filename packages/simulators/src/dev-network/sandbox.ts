import { randomBytes } from 'node:crypto';
import { parseBundle } from '@ticket-check/exchange';
import { APIS, addSeconds, readReportReply, reportQueryJson, wallClockAt } from '@ticket-check/protocol';
import { addSession, connectByBundle, refund, sell, type Ticket } from '../box-office/index.ts';
import type { Demo } from './demo.ts';
import type { Role, Site } from './site.ts';

export const PLATFORMS = ['national-platform', 'third-party-platform'] as const satisfies Role[];
type Platform = (typeof PLATFORMS)[number];

/** A ticket of the sandbox, and what a terminal is to say of it. */
export type SandboxTicket = { readonly what: string; readonly verdict: string; readonly code: string };

/** An account for a program under trial: the file of its bundle, and where it connects. */
export type TrialAccount = { readonly platform: Platform; readonly username: string; readonly bundle: string };

const HOUR = 3600;
const TIMEOUT_MS = 10_000;

/** Issues an account for a program under trial, or a door of the sandbox itself. Reading E8. */
export async function issueTrialAccount(
  site: Site,
  demo: Demo,
  platform: Platform,
  name = 'trial',
): Promise<TrialAccount> {
  const username = `${name}-${randomBytes(3).toString('hex')}`;
  const cinema = demo.boxOffice.cinema.cinemaCode;
  const bundle = await site.command(platform, ['account', 'add', username, '--cinemas', cinema, '--out', '-']);
  return { platform, username, bundle };
}

/** Sells a ticket of every kind; one has entered by a report of `door`. Throws Error if the platform refuses something. */
export async function sellEveryKind(site: Site, demo: Demo, door: TrialAccount): Promise<SandboxTicket[]> {
  const { boxOffice } = demo;
  const now = wallClockAt(Date.now());
  const session = (seconds: number) => addSession(boxOffice, { startTime: addSeconds(now, seconds) }).sessionCode;
  const ticketFor = (sessionCode: string) => sell(boxOffice, { now, sessionCode, ticketType: '网络售票' });
  const soon = session(HOUR / 2);
  const [sold, refunded, entered, onAPhone] = [ticketFor(soon), ticketFor(soon), ticketFor(soon), ticketFor(soon)];
  refund(boxOffice, refunded.filmTicketCode, now);
  const [expired, early] = [ticketFor(session(-3 * HOUR)), ticketFor(session(5 * HOUR))];
  await demo.tell();
  await enter(site, door, entered);
  const { url } = await demo.makeETicket(onAPhone);
  return [
    { what: 'sold 已售', verdict: 'ADMIT', code: sold.ticketInfoCode },
    { what: 'refunded 已退票', verdict: 'REFUNDED', code: refunded.ticketInfoCode },
    { what: 'entered 已入场', verdict: 'ALREADY_ENTERED', code: entered.ticketInfoCode },
    { what: 'expired 已过期', verdict: 'EXPIRED', code: expired.ticketInfoCode },
    { what: 'early 未到时间', verdict: 'TOO_EARLY', code: early.ticketInfoCode },
    { what: 'e-ticket 电子影票', verdict: 'ADMIT, by the code on its page', code: url },
  ];
}

async function enter(site: Site, { platform, bundle }: TrialAccount, ticket: Ticket): Promise<void> {
  const upstream = connectByBundle({ ...parseBundle(bundle), Url: site.urlOf(platform) }, Date.now);
  try {
    const record = { ...ticket, recordId: null, checkTime: wallClockAt(Date.now()), overriddenVerdict: null };
    const query = reportQueryJson(ticket.cinemaCode, [record], { extended: false, priceForm: 'two-decimals' });
    const options = { read: readReportReply, timeoutMs: TIMEOUT_MS, idempotent: true };
    const outcome = await upstream.call(APIS.reportOriginalCheckTickets, query, options);
    if (outcome.kind !== 'delivered' || !outcome.reply.result) throw new Error('The platform refused a check record.');
  } finally {
    await upstream.close();
  }
}

/** What the signature doctor says of a refused request. */
export type Explained = {
  readonly At: string;
  readonly ErrorCode: string;
  readonly Mistakes: readonly { readonly Code: string; readonly Where: string; readonly Advice: string }[];
};

/** Asks what the doctor says of the last refused request of an account; null if there is none. */
export async function explainRefused(site: Site, { platform, username }: TrialAccount): Promise<Explained | null> {
  const line = await site.command(platform, ['account', 'explain', username]);
  return (JSON.parse(line) as { Refused: Explained | null }).Refused;
}
