import { createPublicKey, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { ApiName, Envelope, Extension } from '@ticket-check/protocol';
import {
  APIS,
  ERROR_CODES,
  EXTENSIONS_HEADER,
  errorReplyJson,
  formatExtensions,
  getPublicKeysQuery,
  getTicketInfoQuery,
  ProtocolError,
  parseCheckTicket,
  parseExtensions,
  parseQuery,
  reportQuery,
  reportReplyJson,
  ticketInfoJson,
  writeReply,
} from '@ticket-check/protocol';
import { type Cinema, now, type Ticket } from '../cinema.ts';
import type { Tape } from '../frame/tape.ts';
import { type Certificate, makeCertificate } from '../wire/certificate.ts';
import { type Fault, judge } from './judge.ts';

export type Call = { readonly api: string; readonly query: Record<string, unknown>; readonly faults: readonly Fault[] };

/** ReplyData; an HTTP answer of any form; or the connection is cut without one. */
export type Answer = { data: unknown } | { status: number; body: string } | 'cut';

/** Answers an Api in place of the stub; `usual` is what the stub would do. */
type Replacement = (query: Record<string, unknown>, usual: () => Answer) => Answer | Promise<Answer>;

/** Statuses as they are written; none where it is empty. */
export type StubTicket = Ticket & { refundStatus?: string; checkStatus?: string };
export type KeptRecord = { readonly FilmTicketCode: string; readonly CheckTime: string; readonly StartTime: string };

export type Stub = Awaited<ReturnType<typeof openStub>>;

export type StubOptions = {
  url: string;
  tls: Pick<Certificate, 'cert' | 'key'>;
  accounts: { username: string; key: KeyObject }[];
  cinema: Cinema;
  tape: Tape;
  /** Refuses what is against the scheme, as a platform does; otherwise it is noted and answered. */
  strict?: boolean;
};

/** A platform of the scheme in memory, over real HTTPS. It knows no extension. Scheme 6, 7. */
export async function openStub({ url, tls, accounts, cinema, tape, strict = false }: StubOptions) {
  const keys = new Map(accounts.map(({ username, key }) => [username, createPublicKey(key)]));
  const sockets = new Set<Socket>();
  const { hostname, port } = new URL(url);
  const wrong = await makeCertificate(hostname);
  const nameOf = (code: string, startTime: string) => `${code} ${startTime}`;

  const stub = {
    url,
    cinema,
    calls: [] as Call[],
    tickets: new Map<string, StubTicket>(),
    publicKeys: cinema.ukeys.map(({ spki, startTime }) => ({ PublicKey: spki, StartTime: startTime })) as unknown[],
    /** Records of reports that were answered with true, or whose answer was lost, in the order of arrival. */
    kept: [] as KeptRecord[],
    replaced: new Map<string, Replacement>(),
    /** Ignores these faults although it is strict. */
    overlooks: new Set<Fault['rule']>(),
    /** The extensions that it announces, and those that callers announce. Reading X1. */
    announces: [] as Extension[],
    heard: new Set<string>(),
    /** How far Datetime of a request may be from the clock. Reading E6. */
    windowMs: 5 * 60_000,
    sell(ticket: Ticket, state: Pick<StubTicket, 'refundStatus' | 'checkStatus'> = {}): Ticket {
      stub.tickets.set(nameOf(ticket.info.filmTicketCode, ticket.info.startTime), { ...ticket, ...state });
      return ticket;
    },
    keep(records: readonly KeptRecord[]): void {
      const isSame = (a: KeptRecord, b: KeptRecord) =>
        a.FilmTicketCode === b.FilmTicketCode && a.CheckTime === b.CheckTime;
      for (const record of records) if (!stub.kept.some((other) => isSame(other, record))) stub.kept.push(record);
    },
    reportsOf: (ticket: Ticket): Call[] =>
      stub.callsOf(APIS.reportOriginalCheckTickets).filter(({ query }) => holds(query, ticket)),
    hasKept: (ticket: Ticket): boolean => stub.keptOf(ticket) !== undefined,
    keptOf: (ticket: Ticket): KeptRecord | undefined => stub.allKeptOf(ticket)[0],
    allKeptOf: ({ info }: Ticket): KeptRecord[] =>
      stub.kept.filter(({ FilmTicketCode }) => FilmTicketCode === info.filmTicketCode),
    /** Whether the records of these tickets came from early to late. */
    cameInOrder(tickets: readonly Ticket[]): boolean {
      const codes = new Set<string>(tickets.map(({ info }) => info.filmTicketCode));
      const times = stub.kept.filter((kept) => codes.has(kept.FilmTicketCode)).map(({ CheckTime }) => CheckTime);
      return times.join() === times.toSorted().join();
    },
    callsOf: (api: ApiName): Call[] => stub.calls.filter((call) => call.api === api),
    /** Answers an Api in another way until that is disposed of. */
    replace(api: ApiName, replacement: Replacement): Disposable {
      stub.replaced.set(api, replacement);
      return { [Symbol.dispose]: () => void stub.replaced.delete(api) };
    },
    /** Shows a certificate that its callers do not trust, until that is disposed of. */
    showWrongCertificate(): Disposable {
      const show = (certificate: Pick<Certificate, 'cert' | 'key'>) => {
        server.setSecureContext(certificate);
        cutAll();
      };
      show(wrong);
      return { [Symbol.dispose]: () => show(tls) };
    },
    async listen(): Promise<void> {
      await once(server.listen(Number(port || 443), hostname), 'listening');
    },
    async close(): Promise<void> {
      const closed = once(server.close(), 'close');
      cutAll();
      await closed;
    },
  };

  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };

  function usual({ api, query }: Envelope): Answer {
    switch (api) {
      case APIS.getPublicKeys: {
        const { cinemaCode } = parseQuery(getPublicKeysQuery, query);
        if (cinemaCode === cinema.code) return { data: { PublicKeys: stub.publicKeys } };
        throw new ProtocolError('CINEMA_UNKNOWN', 'No cinema has this code.');
      }
      case APIS.getTicketInfo: {
        const { filmTicketCode, startTime } = parseQuery(getTicketInfoQuery, query);
        const ticket = stub.tickets.get(nameOf(filmTicketCode, startTime));
        if (ticket === undefined) throw new ProtocolError('TICKET_NOT_FOUND', 'No such ticket was sold.');
        return { data: stateOf(ticket) };
      }
      case APIS.reportOriginalCheckTickets: {
        const { cinemaCode, checkTickets } = parseQuery(reportQuery, query);
        for (const raw of checkTickets) parseCheckTicket(raw, cinemaCode, { extended: false });
        stub.keep(checkTickets as KeptRecord[]);
        return { data: reportReplyJson({ result: true }, { extended: false }) };
      }
      default:
        throw new ProtocolError('API_UNKNOWN', 'No Api of this name is served here.');
    }
  }

  function stateOf(ticket: StubTicket): unknown {
    const { refundStatus = 'No', checkStatus = 'No' } = ticket;
    const words = { CheckStatus: stub.hasKept(ticket) ? 'Yes' : checkStatus, RefundStatus: refundStatus };
    return ticketInfoJson({
      ...{ ...ticket.info, checkStatus: 'unknown', refundStatus: 'unknown' },
      refundTime: refundStatus === 'Yes' ? now(-60) : null,
      unknownWords: Object.fromEntries(Object.entries(words).filter(([, word]) => word !== '')),
    });
  }

  async function answer(method: string, body: Buffer): Promise<Answer> {
    const { envelope, faults: found } = judge({ method, body }, (name) => keys.get(name) ?? null, stub);
    // Who hears of extensions may use them.
    const faults = stub.announces.length > 0 ? found.filter(({ rule }) => rule !== 'foreign') : found;
    const call = { api: envelope?.api ?? '', query: envelope?.query ?? {}, faults };
    stub.calls.push(call);
    const counted = faults.find(({ rule }) => !stub.overlooks.has(rule) && rule !== 'foreign' && rule !== 'decimals');
    if (method !== 'POST') return refusal('METHOD_NOT_ALLOWED');
    if (envelope === null) return refusal('INVALID_ENVELOPE', counted?.what ?? '');
    if (strict && counted?.rule === 'datetime') return refusal('CLOCK_SKEW');
    if (strict && (counted?.rule === 'elements' || counted?.rule === 'signature')) return refusal('SIGNATURE_INVALID');
    try {
      const replacement = stub.replaced.get(envelope.api);
      return replacement === undefined ? usual(envelope) : await replacement(envelope.query, () => usual(envelope));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const isRecord = envelope.api === APIS.reportOriginalCheckTickets && ERROR_CODES[error.code].status === 200;
      if (isRecord) return { data: { ReportResult: false, ...errorReplyJson(error.code, error.message) } };
      return refusal(error.code, error.message);
    }
  }

  const refusal = (code: keyof typeof ERROR_CODES, message: string = ERROR_CODES[code].what): Answer => ({
    status: ERROR_CODES[code].status,
    body: writeReply(now(), errorReplyJson(code, message)),
  });

  const server = createServer(tls, async (request, response) => {
    const body = await buffer(request).catch(() => null);
    if (body === null) return;
    for (const extension of parseExtensions(request.headers[EXTENSIONS_HEADER])) stub.heard.add(extension);
    const line = `${request.method} ${request.url}\n${body}`;
    const said = await answer(request.method ?? '', body);
    if (said === 'cut') {
      tape.note(line, '(the stub cut the connection)');
      request.socket.destroy();
      return;
    }
    const { status, body: text } = 'data' in said ? { status: 200, body: writeReply(now(), said.data) } : said;
    tape.note(line, `HTTP ${status}\n${text}`);
    const announced = stub.announces.length > 0 ? { [EXTENSIONS_HEADER]: formatExtensions(stub.announces) } : {};
    const type = text.startsWith('<') ? 'text/html' : 'application/json';
    response.writeHead(status, { 'Content-Type': type, ...announced }).end(text);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  await stub.listen();
  return stub;
}

const holds = (query: Record<string, unknown>, { info }: Ticket): boolean =>
  Array.isArray(query.CheckTickets) &&
  query.CheckTickets.some((record) => record?.FilmTicketCode === info.filmTicketCode);
