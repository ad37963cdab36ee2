import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { request, shanghaiTime, signedBody } from '../../testing/client.ts';
import { anyOf } from '../world.ts';
import { DOOR_STORE } from './honest-peers.ts';
import { type Attacker, type Captured, move, type Scene, wordOf } from './scene.ts';

const PIPELINED = 2_000;
const UNREAD_MS = 1_000;
const CONNECTIONS = 60;
const WRONG_TOKENS = 20;
const BIG = 1_500_000;
const EXTENSIONS = 'record-id keys-refreshed store-generation shared-cinema ticket-infos signed-store claim-ticket';
/** A request that comes again has come before, and is answered as such or as too old; that it was made at all is part of it. */
const REPLAYED =
  /^(ReportOriginalCheckTickets: (ReportResult true|CLOCK_SKEW)|ImportTickets: (Unchanged|CLOCK_SKEW)|nothing was seen yet)$/;
/** Nothing of it is signed, and each is something that a server could conclude something from. */
const UNSIGNED = {
  'content-type': 'text/xml; charset=utf-16',
  'ticket-check-generation': 'another-generation, generation-1',
  'x-forwarded-for': '192.0.2.1',
  'x-http-method-override': 'DELETE',
  'x-request-id': '0',
  authorization: 'Basic YWRtaW46YWRtaW4=',
  date: 'Thu, 01 Jan 1970 00:00:00 GMT',
};

/** Somebody on the network without an account, who has seen requests of others pass. */
export function stranger(scene: Scene, targets: Readonly<Record<string, Target>>): Attacker {
  const { captured, world, accounts, anyGuests } = scene;
  const { chance } = world;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const nobody = { Username: 'nobody', PrivateKey: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) };
  const anyListener = () => anyOf(Object.values(targets), chance);
  const anyPlatform = () => anyOf(['third-party-platform', 'national-platform'], chance);
  const bundleOf = (name: string) => ({ Url: `${targets[name]!.url}/`, CaCertificate: targets[name]!.ca });
  const post = async (name: string, body: string) => wordOf(await request(bundleOf(name), body));
  const head = (method: string, path: string, ...headers: string[]) =>
    [`${method} ${path} HTTP/1.1`, 'Host: localhost', ...headers, '', ''].join('\r\n');
  const halfABody = head('POST', '/', 'Content-Type: application/json', `Content-Length: ${BIG}`) + 'x'.repeat(BIG / 2);
  const bigReport = (who: typeof nobody) =>
    signedBody(who, 'ReportOriginalCheckTickets', { CheckTickets: ['x'.repeat(BIG)] });

  const pipelined = (what: string, bytes: string) =>
    move(`pipelines ${what} and reads nothing`, async () =>
      writeUnread(await open(anyListener()), bytes.repeat(PIPELINED), UNREAD_MS),
    );
  const replay = (name: string, headersOf: (captured: Captured) => Readonly<Record<string, string>>) => {
    const act = async () => {
      if (captured.length === 0) return 'nothing was seen yet';
      const seen = anyOf(captured, chance);
      return `${seen.api}: ${wordOf(await request(seen.bundle, seen.body, { headers: headersOf(seen) }))}`;
    };
    return move(`replays a request ${name}`, act, { only: REPLAYED });
  };

  return {
    name: 'stranger',
    moves: [
      pipelined('GET /metrics', head('GET', '/metrics')),
      pipelined('GET /health', head('GET', '/health')),
      pipelined('unsigned requests', `${head('POST', '/', 'Content-Type: application/json', 'Content-Length: 2')}{}`),
      move('half a body', async () => writeUnread(await open(targets[anyPlatform()]!), halfABody, UNREAD_MS)),
      move('half a body from each of eight addresses', async () => {
        const target = targets[anyPlatform()]!;
        const sent = Array.from({ length: 8 }, async (_, n) =>
          writeUnread(await open(target, `127.0.1.${n + 1}`), halfABody, UNREAD_MS),
        );
        const words = await Promise.all(sent);
        return words.every((word) => word === 'nothing is ended') ? 'nothing is ended' : 'some are';
      }),
      move(`${CONNECTIONS} connections`, () => hold(anyListener(), CONNECTIONS, UNREAD_MS)),
      move('a big body of a user that is not there', () => post(anyPlatform(), bigReport(nobody))),
      move('a big body under the name of an account', () =>
        post('third-party-platform', bigReport({ ...nobody, Username: accounts.terminal.Username })),
      ),
      move('a signature of noise that begins with FE', () => {
        const Signature = Buffer.concat([Buffer.from([0xfe]), randomBytes(255)]).toString('base64');
        const envelope = { Version: '1.0', Datetime: shanghaiTime(), Username: accounts.terminal.Username };
        return post(anyPlatform(), JSON.stringify({ ...envelope, Api: 'GetPublicKeys', Signature, QueryData: {} }));
      }),
      move(`${WRONG_TOKENS} scans with a wrong token`, async () => {
        const { Url, CaCertificate } = bundleOf('terminal-agent');
        const authorization = `Bearer ${randomBytes(16).toString('hex')}`;
        const headers = { authorization, 'content-type': 'application/json' };
        const body = JSON.stringify({ Text: anyGuests().ticketInfoCode });
        const scan = () => request({ Url: `${Url}scan`, CaCertificate }, body, { headers });
        const replies = await Promise.all(Array.from({ length: WRONG_TOKENS }, scan));
        return [...new Set(replies.map(({ status }) => `HTTP ${status}`))].sort().join(' and ');
      }),
      replay('as it was', ({ headers }) => headers),
      replay('without a header', () => ({})),
      replay('with every header changed', ({ headers }) => {
        const announced = headers['ticket-check-extensions']?.split(', ') ?? [];
        return {
          ...UNSIGNED,
          'ticket-check-extensions': EXTENSIONS.split(' ')
            .filter((token) => !announced.includes(token))
            .join(', '),
          'ticket-check-store': `${randomBytes(8).toString('hex')}, ${DOOR_STORE}`,
        };
      }),
    ],
  };
}

/** Where a service listens, and the CA that vouches for it. */
export type Target = { url: string; ca: string };

const OPENS_WITHIN_MS = 3_000;

/** An established connection, from another address of this machine where one is named; errors on it are nobody's. Rejects where it is refused. */
async function open({ url, ca }: Target, localAddress?: string): Promise<TLSSocket> {
  const { hostname, port } = new URL(url);
  const host = localAddress === undefined ? hostname : '127.0.0.1';
  const beneath = connectPlain({ host, port: Number(port), localAddress });
  const refused = once(beneath, 'error').then(([error]) => Promise.reject(error));
  const socket = connect({ socket: beneath, ca, servername: 'localhost', rejectUnauthorized: false });
  const opened = once(socket, 'secureConnect', { signal: AbortSignal.timeout(OPENS_WITHIN_MS) });
  socket.on('error', () => {});
  await Promise.race([opened, refused]).catch((error) => {
    socket.destroy();
    throw error;
  });
  return socket;
}

/** Writes and reads nothing for a time; answers whether the other side ended the connection meanwhile. */
async function writeUnread(socket: TLSSocket, bytes: string, forMs: number): Promise<string> {
  socket.pause();
  socket.write(bytes);
  const isClosed = await Promise.race([once(socket, 'close').catch(() => true), delay(forMs, false)]);
  socket.destroy();
  return isClosed ? 'the connection is ended' : 'nothing is ended';
}

/** Opens this many connections at once and keeps them for a time; returns how many were refused. */
async function hold(target: Target, count: number, forMs: number): Promise<string> {
  const opened = await Promise.allSettled(Array.from({ length: count }, () => open(target)));
  await delay(forMs);
  const sockets = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const ended = sockets.filter((socket) => socket.destroyed || socket.readableEnded).length;
  for (const socket of sockets) socket.destroy();
  return ended + count - sockets.length > 0 ? 'some are ended' : 'all are kept';
}
