import { Agent } from 'node:https';
import type { Status, TicketInfo } from '@ticket-check/protocol';
import { APIS, parseRow, readReportReply, readTicketInfoReply, ticketRow } from '@ticket-check/protocol';
import { callerOf, type Hooks, type KitBundle, SCRATCH } from '../bundle.ts';
import { DAY, importRows, makeCinema, makeUkey, makeUkeys, now, questionOf, type Ticket } from '../cinema.ts';
import { type Case, fail, notAsked } from '../frame/case.ts';
import { askOf } from '../frame/catalog.ts';
import type { Pace } from '../frame/pace.ts';
import type { Tape } from '../frame/tape.ts';
import type { Stub } from '../stub/stub.ts';
import { bodyOf, type Caller, partsOf, type Reply, type Sending, type Signing, send, worded } from '../wire/send.ts';

/** A platform under test, asked from below, and what is known of it. */
export type PlatformWorld = Awaited<ReturnType<typeof openPlatform>>;

type PlatformOptions = {
  role: 'national' | 'third-party';
  url: string;
  bundle: KitBundle;
  hooks: Hooks;
  tape: Tape;
  pace: Pace;
  /** The national platform above the tested one; null where that is not the kit's. */
  stub: Stub | null;
};

const SOLD = 40;
const ANSWER_SECONDS = 15;

export async function openPlatform(options: PlatformOptions) {
  const { role, url, bundle, hooks, tape, pace, stub } = options;
  const caller = callerOf(url, bundle);
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  const refusals: { id: string; reply: Reply }[] = [];
  const ask = askOf(role === 'national' ? 6 : 7);
  const { cinema, cinemaCode, knowsSold, known, refunded } = await stockOf(options);
  const stock = [...known];
  const timeoutMs = Math.max(pace.milliseconds(ANSWER_SECONDS), ANSWER_SECONDS * 1000);

  const world = {
    ...{ role, caller, bundle, hooks, tape, pace, stub, refusals },
    ask,
    /** A cinema that the account may ask about. */
    cinemaCode,
    /** The cinema whose private key the kit has. */
    cinema,
    refunded,
    post: (body: string | Buffer, sending: Sending = {}): Promise<Reply> =>
      send(caller, body, { tape, timeoutMs, ...sending }),
    call(api: string, query: unknown, asked: { by?: Caller; signing?: Signing; over?: Agent } = {}): Promise<Reply> {
      const { by = caller, signing, over = agent } = asked;
      return send(by, bodyOf(partsOf(by, api, JSON.stringify(query), signing)), { tape, agent: over, timeoutMs });
    },
    askKeys: (signing: Signing = {}, over = agent): Promise<Reply> =>
      world.call(APIS.getPublicKeys, { CinemaCode: cinemaCode }, { signing, over }),
    /** The answer to a usual GetPublicKeys, in words; empty before one was asked. */
    usual: '',
    /** Whether GetPublicKeys was answered and not refused. */
    isAnswered: (reply: Reply): boolean =>
      (Array.isArray(reply.data?.PublicKeys) && reply.data.PublicKeys.length > 0) || worded(reply) === world.usual,
    /** The case of a request to which no answer but a refusal is right. */
    refusing: (id: string, request: () => Promise<Reply>): Case =>
      ask(id, async () => {
        const reply = await request();
        refusals.push({ id, reply });
        return world.isAnswered(reply) ? fail('It was answered.') : '';
      }),
    take(): Ticket {
      const ticket = stock.pop();
      if (ticket !== undefined) return ticket;
      if (stub !== null) return stub.sell(stub.cinema.sell());
      if (cinema !== null && !knowsSold) return cinema.sell();
      return notAsked('Needs a genuine ticket: give the bundle Import, Cinema.PrivateKey or Tickets.');
    },
    /** The same, where GetTicketInfo has to know it. */
    takeKnown: (): Ticket =>
      world.isKnown
        ? world.take()
        : notAsked('Needs a ticket that the platform knows: give the bundle Import or Tickets.'),
    /** Whether GetTicketInfo knows the tickets of `take`. */
    isKnown: knowsSold || known.length > 0,
    async report(CheckTickets: readonly unknown[]): Promise<{ isTrue: boolean; reply: Reply }> {
      const reply = await world.call(APIS.reportOriginalCheckTickets, { CinemaCode: cinemaCode, CheckTickets });
      return { isTrue: reply.data !== null && readReportReply(reply.data).result, reply };
    },
    async infoOf(ticket: Ticket): Promise<TicketInfo> {
      const reply = await world.call(APIS.getTicketInfo, questionOf(ticket));
      const info = reply.data === null ? 'unknown-ticket' : readTicketInfoReply(reply.data, ticket.info);
      return info === 'unknown-ticket' ? fail('GetTicketInfo does not know the ticket.') : info;
    },
    checkStatusOf: async (ticket: Ticket): Promise<Status> => (await world.infoOf(ticket)).checkStatus,
    /** How many records of a ticket the platform keeps; null where nothing says it. */
    async countOf({ info }: Ticket): Promise<number | null> {
      if (hooks.records === null) return null;
      const records = await hooks.records(cinemaCode);
      return records.filter(({ FilmTicketCode }) => FilmTicketCode === info.filmTicketCode).length;
    },
    close: () => agent.destroy(),
  };
  return world;
}

/** What the platform knows: of the stub above it, of what the kit imports, or of the bundle. */
async function stockOf({ bundle, hooks, stub }: PlatformOptions) {
  if (stub !== null) {
    const { cinema } = stub;
    const refunded = stub.sell(cinema.sell(), { refundStatus: 'Yes' });
    return { cinema, cinemaCode: cinema.code, known: [], refunded, knowsSold: true };
  }
  const cinemaCode = bundle.Cinema?.CinemaCode ?? bundle.CinemaCodes?.find((code) => code !== '*') ?? SCRATCH;
  const pem = bundle.Cinema?.PrivateKey;
  const own = pem === undefined ? null : makeCinema(cinemaCode, [makeUkey(now(-30 * DAY), pem)]);
  if (hooks.importRows === null) {
    const known = (bundle.Tickets ?? []).flatMap((row) => {
      const code = row.TicketInfoCode;
      return typeof code === 'string' ? [{ code, info: parseRow(ticketRow, row) }] : [];
    });
    return { cinema: own, cinemaCode, known, refunded: null, knowsSold: false };
  }
  const cinema = own ?? makeCinema(cinemaCode, makeUkeys());
  const [refunded, known] = [cinema.sell(), Array.from({ length: SOLD }, () => cinema.sell())];
  for (const [kind, rows] of Object.entries(importRows(cinema, [refunded, ...known], [refunded]))) {
    await hooks.importRows(kind, rows);
  }
  return { cinema, cinemaCode, known, refunded, knowsSold: true };
}
