import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bundle } from './client.ts';
import { selfSignedCertificate } from './self-signed-certificate.ts';

/** What a line and the machines on it do to a request. */
export const FAULTS = [
  /** Connections are reset as they are accepted, and so are those that stood. */
  'refuses',
  /** Connections are accepted and nothing is answered on them; they break when the fault is over. */
  'stalls',
  /** The reply breaks off in the middle. */
  'cuts',
  /** HTTP 200 with what is no JSON. */
  'garbage',
  /** HTTP 200 with bytes that are no text, or bytes that are no HTTP. */
  'broken-bytes',
  /** HTTP 502 with a page. */
  'bad-gateway',
  /** The request, or the reply to it, takes 5 s. */
  'delays',
  /** The platform above has done what was asked; its whole reply is lost with the connection. */
  'drops',
] as const;
export type Fault = (typeof FAULTS)[number];

/** A reply from above as it went through. */
export interface Passed {
  api: string;
  query: Record<string, unknown>;
  replyData: Record<string, unknown>;
}

/** A machine on the line between a service and the platform above it. */
export interface FaultProxy {
  /** An account's bundle as it reads for a service that calls through here. */
  bundle(direct: Bundle): Bundle;
  /** From now on every request meets this fault, those under way too where it is one of the connection. */
  begin(fault: Fault): void;
  end(): void;
  /** How many requests and connections met each fault, by what they asked for: `drops ClaimTicket`. */
  readonly met: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

const DELAY_MS = 5_000;
const PAGE = '<html><head><title>502 Bad Gateway</title></head><body><center>502 Bad Gateway</center></body></html>';
/** Headers of one connection, which say nothing about the next. */
const OF_A_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'host']);

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/**
 * Starts a proxy in front of one platform, with a certificate of its own. Without a fault it passes requests and replies
 * on as they are; `onPassed` is called for each reply that reached the caller whole.
 */
export async function startFaultProxy(options: {
  to: Pick<Bundle, 'Url' | 'CaCertificate'>;
  chance: () => number;
  onPassed?: (passed: Passed) => void;
}): Promise<FaultProxy> {
  const { to, chance, onPassed } = options;
  const { key, cert } = selfSignedCertificate('proxy');
  const agent = new Agent({ keepAlive: true, ca: to.CaCertificate });
  const met = new Map<string, number>();
  const connections = new Set<Socket>();
  const closing = new AbortController();
  let fault: Fault | null = null;

  const meets = (what: string) => met.set(`${fault} ${what}`, (met.get(`${fault} ${what}`) ?? 0) + 1);

  const https = createHttpsServer({ key, cert }, (request, response) => {
    serve(request, response).catch(() => response.socket?.destroy());
  });
  https.on('tlsClientError', () => {});
  // In front of TLS: what is refused or held does not even get a certificate to see.
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (fault === 'refuses') {
      meets('connection');
      socket.resetAndDestroy();
      return;
    }
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    if (fault === 'stalls') meets('connection');
    else https.emit('connection', socket);
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const { Api = '', QueryData = {} } = body.length > 0 ? JSON.parse(body.toString()) : {};
    const now = fault;
    if (now !== null) meets(Api);
    const forward = () => ask(request, body);
    switch (now) {
      case null: {
        const reply = await forward();
        answer(response, reply);
        if (reply.status === 200) {
          onPassed?.({ api: Api, query: QueryData, replyData: JSON.parse(reply.body.toString()).ReplyData });
        }
        return;
      }
      case 'refuses':
        response.socket?.destroy();
        return;
      case 'stalls':
        return;
      case 'garbage':
        return answer(response, { status: 200, headers: {}, body: Buffer.from('OK, so far') });
      case 'broken-bytes':
        if (chance() < 0.5) response.socket?.end(randomBytes(200));
        else answer(response, { status: 200, headers: {}, body: randomBytes(200) });
        return;
      case 'bad-gateway':
        return answer(response, { status: 502, headers: { 'content-type': 'text/html' }, body: Buffer.from(PAGE) });
      case 'delays': {
        // A request that is late arrives although nobody waits for the reply any more.
        const late = chance() < 0.5;
        if (late) await delay(DELAY_MS, undefined, closing);
        const reply = await forward();
        if (!late) await delay(DELAY_MS, undefined, closing);
        return answer(response, reply);
      }
      case 'cuts': {
        const reply = await forward();
        answerHead(response, reply);
        const half = Math.floor(chance() * reply.body.length);
        response.write(reply.body.subarray(0, half), () => response.socket?.destroy());
        return;
      }
      case 'drops':
        await forward();
        response.socket?.destroy();
    }
  }

  function ask({ method, url = '/', headers }: IncomingMessage, body: Buffer): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const through = { ...withoutConnection(headers), 'content-length': body.length };
      httpsRequest(new URL(url, to.Url), { method, headers: through, agent }, (reply) => {
        buffer(reply).then(
          (received) => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: received }),
          reject,
        );
      })
        .once('error', reject)
        .end(body);
    });
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    met,
    bundle(direct) {
      const { pathname } = new URL(direct.Url);
      return { ...direct, Url: `https://127.0.0.1:${port}${pathname}`, CaCertificate: cert };
    },
    begin(next) {
      fault = next;
      if (next === 'refuses') for (const socket of connections) socket.resetAndDestroy();
    },
    end() {
      if (fault === 'stalls') for (const socket of connections) socket.resetAndDestroy();
      fault = null;
    },
    async close() {
      closing.abort();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of connections) socket.destroy();
      agent.destroy();
      await closed;
    },
  };
}

function answer(response: ServerResponse, reply: Reply): void {
  answerHead(response, reply);
  response.end(reply.body);
}

function answerHead(response: ServerResponse, { status, headers, body }: Reply): void {
  response.writeHead(status, { ...withoutConnection(headers), 'content-length': body.length });
}

const withoutConnection = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_A_CONNECTION.has(name)));
