import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type PeerAnswer, type PeerRequest, startPeer, withoutConnection } from '@ticket-check/runtime/testing';
import { type Bundle, type Reply, request } from '../testing/client.ts';
import { selfSignedCertificate } from '../testing/run.ts';
import type { Settings, Site } from '../testing/site.ts';
import { inWorld, type Run, type World } from './world.ts';

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
  const laid: { hop: Hop; proxy: FaultProxy; set(): Promise<void> }[] = [];
  const on = (hop: Hop) => laid.filter((line) => line.hop === hop);

  async function layLine({ site, demo, chance }: World, hop: Hop, caller: Site, username: string): Promise<void> {
    const [role, to] =
      hop === 'above'
        ? (['third-party-platform', 'national-platform'] as const)
        : (['terminal-agent', 'third-party-platform'] as const);
    // The cinema is named, for the keys that are needed.
    const direct = { ...(await site.issue(to, username)), CinemaCodes: [demo.boxOffice.cinema.cinemaCode] };
    const proxy = await startFaultProxy(direct, chance, (passed) => onPassed(hop, passed));
    // A service keeps its connection, and what it knows of the peer, for as long as the address is the same.
    let times = 0;
    const set = () => {
      times += 1;
      return caller.setUpstream(role, { ...direct, ...proxy.at(`${new URL(direct.Url).pathname}?${times}`) });
    };
    laid.push({ hop, proxy, set });
    await set();
  }

  await inWorld(run, { settings }, async (world) => {
    await layLine(world, 'above', world.site, 'platform-behind-a-proxy');
    for (const [index, terminal] of [...world.terminals.values()].entries())
      await layLine(world, 'below', terminal, `terminal-${index + 1}-behind-a-proxy`);
    await act(world, {
      of: (hop) => on(hop).map(({ proxy }) => proxy),
      forget: async (hop) => void (await Promise.all(on(hop).map(({ set }) => set()))),
      met: (hop, beginning = '') =>
        on(hop)
          .flatMap(({ proxy }) => [...proxy.met])
          .filter(([what]) => what.startsWith(beginning))
          .reduce((sum, [, times]) => sum + times, 0),
    });
  });
  // Services that end send what they have: their lines end after them.
  await Promise.all(laid.map(({ proxy }) => proxy.close()));
}

const DELAY_MS = 5_000;
const PAGE = '<html><head><title>502 Bad Gateway</title></head><body><center>502 Bad Gateway</center></body></html>';

interface Met {
  forward(): Promise<Reply>;
  chance(): number;
  closing: AbortController;
}

const cutOff: PeerAnswer = (socket) => void socket.destroy();

const ACTS = {
  /** Connections are reset as they are accepted, and so are those that stood. */
  refuses: () => cutOff,
  /** Connections are accepted and nothing is answered on them; they break when the fault is over. */
  stalls: () => () => {},
  async cuts({ forward, chance }) {
    const { status, headers, text } = await forward();
    const all = { ...withoutConnection(headers), 'content-length': Buffer.byteLength(text) };
    const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    const half = text.slice(0, Math.floor(chance() * text.length));
    return (socket) =>
      void socket.write(`HTTP/1.1 ${status} OK\r\n${head.join('')}\r\n${half}`, () => socket.destroy());
  },
  garbage: () => ({ body: 'OK, so far' }),
  'broken-bytes': ({ chance }) =>
    chance() < 0.5 ? (socket) => void socket.end(randomBytes(200)) : { body: randomBytes(200) },
  'bad-gateway': () => ({ status: 502, headers: { 'content-type': 'text/html' }, body: PAGE }),
  /** The request, or the reply to it, takes 5 s. A request that is late arrives although nobody waits for the reply any more. */
  async delays({ forward, chance, closing }) {
    const late = chance() < 0.5;
    if (late) await delay(DELAY_MS, undefined, closing);
    const reply = await forward();
    if (!late) await delay(DELAY_MS, undefined, closing);
    return whole(reply);
  },
  /** The platform above has done what was asked; its whole reply is lost with the connection. */
  async drops({ forward }) {
    await forward();
    return cutOff;
  },
} satisfies Record<string, (met: Met) => PeerAnswer | Promise<PeerAnswer>>;
export type Fault = keyof typeof ACTS;
export const FAULTS = Object.keys(ACTS) as Fault[];

/** A reply from above as it went through. */
export type Passed = { api: string; query: Record<string, unknown>; replyData: Record<string, unknown> };

export type FaultProxy = Awaited<ReturnType<typeof startFaultProxy>>;

/** A proxy in front of one platform, with its own certificate; `onPassed` is called for each reply that reached the caller whole. */
async function startFaultProxy(to: Bundle, chance: () => number, onPassed: (passed: Passed) => void) {
  const { key, cert } = selfSignedCertificate('proxy');
  const agent = new Agent({ keepAlive: true });
  const met = new Map<string, number>();
  const connections = new Set<Socket>();
  const closing = new AbortController();
  let fault: Fault | null = null;
  const meets = (what: string) => met.set(`${fault} ${what}`, (met.get(`${fault} ${what}`) ?? 0) + 1);
  const reset = () => {
    for (const socket of connections) socket.resetAndDestroy();
  };

  async function serve({ method, path, headers, body }: PeerRequest): Promise<PeerAnswer> {
    const { Api = '', QueryData = {} } = body === '' ? {} : JSON.parse(body);
    const through = { method, headers: withoutConnection(headers), agent };
    const forward = () => request({ ...to, Url: new URL(path, to.Url).href }, body, through);
    if (fault !== null) {
      meets(Api);
      return ACTS[fault]({ forward, chance, closing });
    }
    const reply = await forward();
    if (reply.status === 200) onPassed({ api: Api, query: QueryData, replyData: JSON.parse(reply.text).ReplyData });
    return whole(reply);
  }
  const peer = await startPeer((asked) => serve(asked).catch(() => cutOff), { tls: { key, cert, ca: cert } });
  // In front of TLS: what is refused or held does not even get a certificate to see.
  const door = createServer((near) => {
    near.on('error', () => {});
    if (fault === 'refuses' || fault === 'stalls') meets('connection');
    if (fault === 'refuses') return void near.resetAndDestroy();
    connections.add(near);
    near.once('close', () => connections.delete(near));
    if (fault === 'stalls') return;
    const far = connect(peer.port, '127.0.0.1').on('error', () => {});
    near.pipe(far).pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  });
  await once(door.listen(0, '127.0.0.1'), 'listening');
  const { port } = door.address() as AddressInfo;
  return {
    /** How many requests and connections met each fault, by what they asked for: `drops ClaimTicket`. */
    met,
    /** What differs in the bundle of a service that calls a path through here. */
    at: (path: string) => ({ Url: `https://127.0.0.1:${port}${path}`, CaCertificate: cert }),
    /** From now on every request meets this fault, those under way too where it is one of the connection. */
    begin(next: Fault): void {
      fault = next;
      if (next === 'refuses') reset();
    },
    end(): void {
      if (fault === 'stalls') reset();
      fault = null;
    },
    async close(): Promise<void> {
      closing.abort();
      door.close();
      for (const socket of connections) socket.destroy();
      agent.destroy();
      await peer.close();
    },
  };
}

const whole = ({ status, headers, text }: Reply): PeerAnswer => ({
  status,
  headers: withoutConnection(headers),
  body: text,
});
