// @module-tag service
// @module-tag slow
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { watchRoutes } from '@ticket-check/admin/testing/walk-console';
import { CA_FILE, createAccounts } from '@ticket-check/exchange';
import { issueAccount, postRaw } from '@ticket-check/exchange/testing';
import { startTestPlatform } from '@ticket-check/national-platform/testing/test-platform';
import { APIS } from '@ticket-check/protocol';
import { createLogger, type Logger } from '@ticket-check/runtime';
import { freePort } from '@ticket-check/runtime/testing';
import { healthOf, makeTerminal } from '@ticket-check/terminal-agent/testing/test-terminal';
import { addOperatorTo, beginSession, withStore } from '@ticket-check/third-party-platform/testing/console-browser';
import { CINEMA } from '@ticket-check/third-party-platform/testing/test-cinema';
import { createSite } from '@ticket-check/third-party-platform/testing/test-platform';
import pMap from 'p-map';
import { expect, onTestFinished, test } from 'vitest';
import { type Bundle, signedBody } from './testing/client.ts';

/** What a sampler writes in full of one kind from one address before it only counts. */
const IN_FULL = 20;
/** More than a sampler writes in two intervals, since a burst may span the end of one and the beginning of the next. */
const BURST = 60;
const TOGETHER = 9;

type Started = {
  /** That its cookies are named by. */
  name: string;
  url: string;
  consoleUrl: string;
  ca: string;
  /** Of an usher, who may do little. */
  session: string;
  /** Null for a service that has no accounts. */
  account: Pick<Bundle, 'Username' | 'PrivateKey'> | null;
  /** The port of a network scanner with another address. */
  scannerUrl?: string;
};

async function usherIn(store: Parameters<typeof addOperatorTo>[0]): Promise<string> {
  await addOperatorTo(store, 'uwe', 'usher');
  return beginSession(store, 'uwe');
}
const caIn = (directory = '') => readFile(join(directory, CA_FILE), 'utf8');

const SERVICES: Readonly<Record<string, (logger: Logger) => Promise<Started>>> = {
  async 'the third-party platform'(logger) {
    const site = await createSite('');
    const service = await site.start(logger);
    const { Username, PrivateKey } = await site.issue('door-1', CINEMA, service.url);
    const account = { Username, PrivateKey: PrivateKey ?? '' };
    const session = await withStore(site, usherIn);
    return { name: 'third-party-platform', ...service, ca: await caIn(site.directory), session, account };
  },
  async 'the terminal'(logger) {
    const port = await freePort();
    const terminal = await makeTerminal({ now: Date.now, settings: { SCANNERS: `door=tcp:${port},from=127.0.0.2` } });
    const { DATA_DIR } = terminal.env;
    const agent = await terminal.start({ logger });
    const session = await usherIn(await terminal.open());
    const claimed = { scanners: { devices: [{ claimed: true }] } };
    await expect.poll(() => healthOf(agent, DATA_DIR ?? '')).toMatchObject(claimed);
    const at = { ca: await caIn(DATA_DIR), scannerUrl: `tcp://127.0.0.1:${port}` };
    return { name: 'terminal-agent', ...agent, ...at, session, account: null };
  },
  async 'the national platform'(logger) {
    const platform = await startTestPlatform('', { logger });
    onTestFinished(() => platform.close());
    platform.now.value = Date.now();
    const vendor = { username: 'vendor', role: 'platform', cinemaCodes: 'all' } as const;
    const { privateKeyPem } = await issueAccount(createAccounts(platform.store, Date.now), vendor);
    const account = { Username: 'vendor', PrivateKey: privateKeyPem };
    return { name: 'national-platform', ...platform, session: await usherIn(platform.store), account };
  },
};

/** Kinds that every service comes to. */
const REACHED = [
  ...['request refused: NOT_FOUND', 'login refused: refused'],
  ...['bad-input', 'forged-form', 'FST_CSRF_MISSING_SECRET', 'FST_CSRF_INVALID_TOKEN'].map(
    (of) => `page refused: ${of}`,
  ),
  ...['page refused: json unauthorized', 'page refused: events unauthorized'],
];

const SIGNED = ['INVALID_QUERY', 'SIGNATURE_INVALID', 'CLOCK_SKEW'].map((code) => `request refused: ${code}`);
const ENROLMENTS = ['refused an enrolment: enrolment-unknown', 'refused an enrolment: too-many'];
const SCANS = ['slowing wrong tokens of an address', 'connection to a scanner refused'];
const REACHED_BY: Readonly<Record<string, readonly string[]>> = {
  'the third-party platform': [...SIGNED, ...ENROLMENTS, 'refused an unknown e-ticket link'],
  'the terminal': ['request refused: UNAUTHORIZED', ...SCANS],
  'the national platform': SIGNED,
};

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'content-type': 'application/json' };

/** Requests that a listener refuses, for each route that it may have: what strangers, other sites and an usher can send. */
function hostileTo(routes: ReturnType<typeof watchRoutes>, service: Started): (() => Promise<unknown>)[] {
  const { name, ca, session, account, scannerUrl } = service;
  const form = `__Host-form-${name}=x`;
  const asUsher = { cookie: `__Host-session-${name}=${session}; ${form}` };
  type Asked = [body: string, headers: Record<string, string>, query?: string];
  const read: Asked[] = [
    ['', {}],
    ['', asUsher, '?gate=%00&ticket=x&topic=x&to=x&id=1&cinema=1'],
    ['', { authorization: 'Bearer x' }],
  ];
  const written: Asked[] = [
    ['x=1', FORM],
    ['x=1', { ...FORM, cookie: form }],
    ['x=1', { ...FORM, 'sec-fetch-site': 'cross-site' }],
    ['{"x":', { ...JSON_TYPE, 'x-csrf-token': 'x' }],
    ['{}', { ...JSON_TYPE, ...asUsher, 'x-csrf-token': 'x' }],
    ['x'.repeat(20_000), FORM],
    ['x', { 'content-type': 'application/octet-stream' }],
  ];
  const declared = new Set([...routes.map(({ method, path }) => `${method} ${path}`), 'GET /nowhere', 'PUT /']);
  const sent = [...declared].flatMap((route) => {
    const [method = '', path = ''] = route.split(' ');
    const asked = method === 'GET' ? read : written;
    return asked.map(([body, headers, query = '']) => ({ path: path + query, body, more: { method, headers } }));
  });
  const signedBy = (known: NonNullable<typeof account>) =>
    Object.values(APIS).flatMap((api) => [
      signedBody(known, api, {}),
      signedBody({ ...known, Username: 'nobody' }, api, {}),
      signedBody(known, api, {}, { Datetime: '2020-01-01T00:00:00' }),
    ]);
  const signed = account === null ? [] : signedBy(account);
  const enrolment = JSON.stringify({ Code: 'WRONG', PublicKey: 'x' });
  const agent = new Agent({ keepAlive: true, maxSockets: TOGETHER });
  onTestFinished(() => agent.destroy());
  // A listener may end a connection that is used once more.
  const send = (url: string, body: string, more: Partial<Parameters<typeof postRaw>[2]>) =>
    postRaw(url, body, { ca, agent, ...more }).catch(() => {});
  return [service.url, service.consoleUrl].flatMap((url) => [
    ...sent.map(({ path, body, more }) => send.bind(null, url + path, body, more)),
    ...signed.map((body) => () => send(url, body, { headers: JSON_TYPE })),
    // Often enough to come to the limit of an address.
    ...Array.from({ length: 25 }, () => () => send(`${url}/enrolment`, enrolment, { headers: JSON_TYPE })),
    () => speakNoTls(url),
    ...(scannerUrl === undefined ? [] : [() => speakNoTls(scannerUrl)]),
    () => failToLogIn(service),
  ]);
}

/** Sends what is no TLS, and waits until the listener ends the connection. */
async function speakNoTls(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname, () => socket.write('GET / HTTP/1.1\r\n\r\n'));
  await finished(socket.resume()).catch(() => {});
}

async function failToLogIn({ name, consoleUrl, ca }: Started): Promise<void> {
  const { headers, text } = await postRaw(`${consoleUrl}/login`, '', { ca, method: 'GET' });
  const cookie = [headers['set-cookie'] ?? []].flat().find((one) => one.startsWith(`__Host-form-${name}`)) ?? '';
  const _csrf = /name="_csrf" value="([^"]+)"/.exec(text)?.[1] ?? '';
  const form = new URLSearchParams({ username: 'uwe', password: 'wrong', _csrf });
  await postRaw(`${consoleUrl}/login`, `${form}`, { ca, headers: { ...FORM, cookie: cookie.replace(/;.*/, '') } });
}

type Line = Readonly<Record<string, unknown>>;
const kindOf = ({ msg, code, outcome }: Line) => [msg, code ?? outcome].filter(Boolean).join(': ');

test.each(Object.entries(SERVICES))(
  '%s logs a bounded number of lines of each kind of refusal, whatever its listeners are sent',
  async (name, start) => {
    const lines: Line[] = [];
    const routes = watchRoutes();
    const logger = createLogger('test', 'info', { write: (line: string) => void lines.push(JSON.parse(line)) });
    const service = await start(logger);
    const written = async (send: () => Promise<unknown>): Promise<readonly Line[]> => {
      const before = lines.length;
      await send();
      return lines.slice(before).filter(({ more }) => more === undefined);
    };

    // What each request leaves in the log; a sampled kind is written at first, and one that nothing samples each time.
    const kinds = new Map<string, () => Promise<unknown>>();
    for (const send of hostileTo(routes, service)) {
      for (const line of await written(send)) if (!kinds.has(kindOf(line))) kinds.set(kindOf(line), send);
    }
    const counted: Record<string, number> = {};
    for (const [kind, send] of kinds) {
      const burst = () => pMap(Array.from({ length: BURST }), send, { concurrency: TOGETHER });
      counted[kind] = (await written(burst)).filter((line) => kindOf(line) === kind).length;
    }
    expect(Object.entries(counted).filter(([, count]) => count > 2 * IN_FULL)).toEqual([]);
    // What is not reached shows nothing.
    expect(Object.keys(counted)).toEqual(expect.arrayContaining([...REACHED, ...(REACHED_BY[name] ?? [])]));
  },
  300_000,
);
