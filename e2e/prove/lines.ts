import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { Role } from '@ticket-check/simulators/dev-network';
import type { Bundle } from '../testing/client.ts';
import { selfSignedCertificate } from '../testing/run.ts';
import type { Settings, Site } from '../testing/site.ts';
import { inWorld, type Run, type World } from './world.ts';

/** Between which services a line is: below or above the third-party platform. */
export const HOPS = ['below', 'above'] as const;
export type Hop = (typeof HOPS)[number];

/** The lines of two terminals and of the platform above them, each through a proxy. */
export interface Lines {
  /** Those below are in the order of the terminals. */
  of(hop: Hop): readonly FaultProxy[];
  /** Makes those at the lower end of these lines forget what they know of the platform above: the next call is the first. */
  forget(hop: Hop): Promise<void>;
  /** How many requests and connections met faults whose name and what was asked for begin so. */
  met(hop: Hop, beginning?: string): number;
}

/** Gives a world to a proof whose lines go through fault proxies; `onPassed` is called with what passes whole. */
export async function inWorldWithLines(
  run: Run,
  { settings = {}, onPassed = () => {} }: { settings?: Settings; onPassed?: (hop: Hop, passed: Passed) => void },
  act: (world: World, lines: Lines) => Promise<void>,
): Promise<void> {
  const proxies: Record<Hop, FaultProxy[]> = { below: [], above: [] };
  const setAgain: Record<Hop, (() => Promise<unknown>)[]> = { below: [], above: [] };

  async function layLine({ site, demo, chance }: World, hop: Hop, caller: Site, username: string): Promise<void> {
    const [role, to]: [Role, Role] =
      hop === 'above' ? ['third-party-platform', 'national-platform'] : ['terminal-agent', 'third-party-platform'];
    // The cinema is named, for the keys that are needed.
    const direct = { ...(await site.issue(to, username)), CinemaCodes: [demo.boxOffice.cinema.cinemaCode] };
    const proxy = await startFaultProxy({ to: direct, chance, onPassed: (passed) => onPassed(hop, passed) });
    proxies[hop].push(proxy);
    // A service keeps its connection, and what it knows of the peer, for as long as the address is the same.
    let times = 0;
    const set = () => {
      const { Url, ...bundle } = proxy.bundle(direct);
      times += 1;
      return caller.command(role, ['upstream', 'set', '-'], JSON.stringify({ ...bundle, Url: `${Url}?${times}` }));
    };
    setAgain[hop].push(set);
    await set();
  }

  await inWorld(run, { settings }, async (world) => {
    await layLine(world, 'above', world.site, 'platform-behind-a-proxy');
    for (const [index, terminal] of [...world.terminals.values()].entries())
      await layLine(world, 'below', terminal, `terminal-${index + 1}-behind-a-proxy`);
    await act(world, {
      of: (hop) => proxies[hop],
      forget: async (hop) => void (await Promise.all(setAgain[hop].map((set) => set()))),
      met: (hop, beginning = '') =>
        proxies[hop]
          .flatMap(({ met }) => [...met])
          .filter(([what]) => what.startsWith(beginning))
          .reduce((sum, [, times]) => sum + times, 0),
    });
  });
  // Services that end send what they have: their lines end after them.
  await Promise.all(HOPS.flatMap((hop) => proxies[hop]).map((proxy) => proxy.close()));
}

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
export type FaultProxy = Awaited<ReturnType<typeof startFaultProxy>>;

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
async function startFaultProxy(options: {
  to: Pick<Bundle, 'Url' | 'CaCertificate'>;
  chance: () => number;
  onPassed?: (passed: Passed) => void;
}) {
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
    /** How many requests and connections met each fault, by what they asked for: `drops ClaimTicket`. */
    met,
    /** An account's bundle as it reads for a service that calls through here. */
    bundle(direct: Bundle): Bundle {
      const { pathname } = new URL(direct.Url);
      return { ...direct, Url: `https://127.0.0.1:${port}${pathname}`, CaCertificate: cert };
    },
    /** From now on every request meets this fault, those under way too where it is one of the connection. */
    begin(next: Fault): void {
      fault = next;
      if (next === 'refuses') for (const socket of connections) socket.resetAndDestroy();
    },
    end(): void {
      if (fault === 'stalls') for (const socket of connections) socket.resetAndDestroy();
      fault = null;
    },
    async close(): Promise<void> {
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
