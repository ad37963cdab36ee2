// @module-tag service
import { generateKeyPairSync } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import {
  type Envelope,
  ERROR_CODES,
  type ErrorCode,
  epochOf,
  readEnvelope,
  verifySignature,
  wallClockAt,
  writeReply,
} from '@ticket-check/protocol';
import { type Peer, type PeerAnswer, type PeerRequest, startPeer } from '@ticket-check/runtime/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { NOON } from '../testing/accounts.ts';
import { keptLog } from '../testing/requests.ts';
import { testTls } from '../testing/tls.ts';
import { type CallOptions, createUpstream, type Upstream, type UpstreamOptions } from './upstream.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const QUERY = { CinemaCode: '11062601' };
const tls = await testTls();

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

async function peer(answer: (request: PeerRequest) => PeerAnswer | Promise<PeerAnswer>, shown = tls): Promise<Peer> {
  const started = await startPeer(answer, { tls: shown });
  opened.push(started);
  return started;
}

function upstream(options: Partial<UpstreamOptions> & { url: string }): Upstream {
  const created = createUpstream({
    username: 'platform-1',
    privateKey,
    ca: tls.ca,
    extensions: ['record-id'],
    now: () => NOON,
    ...options,
  });
  opened.push(created);
  return created;
}

const envelope = (replyData: unknown, at = NOON) => writeReply(wallClockAt(at), replyData);
const whole: CallOptions<Record<string, unknown>> = { read: (data) => data, timeoutMs: 5000, idempotent: false };
const ask = (to: Upstream, options: Partial<typeof whole> = {}) =>
  to.call('GetPublicKeys', QUERY, { ...whole, ...options });

/** A TCP server that speaks neither TLS nor HTTP. */
async function listenSilently(): Promise<string> {
  const server = createServer((socket) => opened.push({ close: async () => void socket.destroy() }));
  opened.push({ close: async () => void server.close() });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a call', () => {
  test('posts compact signed JSON to exactly the configured address, announcing what we speak', async () => {
    const { url, requests } = await peer(() => ({ body: envelope({ PublicKeys: [] }) }));
    const outcome = await ask(upstream({ url: `${url}/gateway/v1/check.do?tenant=7` }));
    expect(outcome).toEqual({ kind: 'delivered', reply: { PublicKeys: [] }, extensions: new Set(), generation: null });
    const [request] = requests;
    expect(request).toMatchObject({ method: 'POST', path: '/gateway/v1/check.do?tenant=7' });
    expect(request?.headers).toMatchObject({ 'ticket-check-extensions': 'record-id' });
    const sent = readEnvelope(Buffer.from(request?.body ?? ''));
    expect(sent).toMatchObject({
      version: '1.0',
      datetime: wallClockAt(NOON),
      username: 'platform-1',
      api: 'GetPublicKeys',
      queryText: '{"CinemaCode":"11062601"}',
    });
    expect(verifySignature(sent, publicKey)).toBe(true);
    const elements = Object.keys(JSON.parse(request?.body ?? ''));
    expect(elements.join(' ')).toBe('Version Datetime Username Api Signature QueryData');
  });

  test('names the store that we work with in the signed text, to a peer that asked for it and to no other', async () => {
    let extensions = '';
    const { url, requests } = await peer(() => ({
      headers: { 'ticket-check-extensions': extensions },
      body: envelope({}),
    }));
    const client = upstream({ url, store: { generation: 's-2', replaces: ['s-1'] } });
    await ask(client);
    await ask(client);
    extensions = 'signed-store';
    await ask(client);
    await ask(client);
    await ask(upstream({ url }));
    const sent = requests.map(({ body }) => readEnvelope(Buffer.from(body)));
    const stores = sent.map(({ query }) => query.Store);
    expect(stores).toEqual([undefined, undefined, undefined, 's-2, s-1', undefined]);
    expect(sent.every((one) => verifySignature(one, publicKey))).toBe(true);
    expect(requests.map(({ headers }) => headers['ticket-check-extensions'])).toEqual([
      ...Array(4).fill('record-id, signed-store'),
      'record-id',
    ]);
    expect(requests.some(({ headers }) => 'ticket-check-store' in headers)).toBe(false);
  });

  test('names it at once where the peer says that the account is bound to one', async () => {
    const { url, requests } = await peer(({ body }) => ({
      headers: { 'ticket-check-extensions': 'signed-store' },
      ...(JSON.parse(body).QueryData.Store === 's-1'
        ? { body: envelope({ Known: true }) }
        : { status: 403, body: envelope({ ErrorCode: 'ACCOUNT_IN_USE', ErrorMessage: 'x' }) }),
    }));
    const client = upstream({ url, store: { generation: 's-1', replaces: [] } });
    expect(await ask(client)).toMatchObject({ kind: 'delivered', reply: { Known: true } });
    expect(requests).toHaveLength(2);
    const other = upstream({ url, store: { generation: 's-2', replaces: [] } });
    expect(await ask(other)).toMatchObject({ kind: 'retry', code: 'ACCOUNT_IN_USE' });
    expect(requests).toHaveLength(4);
  });

  test.each(['hex', 'raw', 'digest-info'] as const)('signs in the form %s that the peer wants', async (payloadForm) => {
    let received: Envelope | undefined;
    const { url } = await peer(({ body }) => {
      received = readEnvelope(Buffer.from(body));
      return { body: envelope({}) };
    });
    await ask(upstream({ url, payloadForm }));
    expect(received && verifySignature(received, publicKey)).toBe(true);
  });

  test('reads what the peer announces and the generation of its data', async () => {
    let position = '4711';
    const { url } = await peer(() => ({
      headers: {
        'Ticket-Check-Extensions': 'record-id, claim-ticket',
        'Ticket-Check-Generation': 'g-1, g-0',
        'Ticket-Check-Position': position,
      },
      body: envelope({}),
    }));
    const heard: unknown[] = [];
    const client = upstream({ url, onAnnouncement: (announcement) => heard.push(announcement) });
    expect(client.extensions()).toEqual(new Set());
    const outcome = await ask(client);
    const announcement = { extensions: new Set(['record-id', 'claim-ticket']), generation: 'g-1', replaces: ['g-0'] };
    const { replaces, ...told } = announcement;
    expect(outcome).toMatchObject({ kind: 'delivered', ...told });
    expect(client.replaces()).toEqual(replaces);
    expect(client.extensions()).toEqual(announcement.extensions);
    expect(client.generation()).toBe('g-1');
    expect(client.position()).toBe(4711);
    position = '-1';
    await ask(client);
    expect(client.position()).toBe(4711);
    expect(heard).toEqual([announcement]);
  });

  test('takes back what it remembered when the peer turns out to be a plain one, but not for a proxy in between', async () => {
    let answer: PeerAnswer = { status: 502, body: '<html>Bad Gateway</html>' };
    const { url } = await peer(() => answer);
    const client = upstream({
      url,
      announced: { extensions: new Set(['record-id']), generation: 'g-1', replaces: [] },
    });
    await ask(client);
    expect(client.extensions()).toEqual(new Set(['record-id']));
    answer = { body: envelope({}) };
    await ask(client);
    expect(client.extensions()).toEqual(new Set());
  });

  test('keeps its connection for the next calls', async () => {
    const started = await peer(() => ({ body: envelope({}) }));
    const client = upstream({ url: started.url });
    for (let i = 0; i < 20; i += 1) expect(await ask(client)).toMatchObject({ kind: 'delivered' });
    expect(started.connections()).toBeLessThanOrEqual(2);
  });
});

describe('what a reply means', () => {
  const outcomeOf = async (answer: PeerAnswer, options: Partial<typeof whole> = {}) => {
    const { url } = await peer(() => answer);
    return ask(upstream({ url }), options);
  };
  const refusal = (code: string, status = 400) => ({
    status,
    body: envelope({ ErrorCode: code, ErrorMessage: `because of ${code}` }),
  });

  const MEANINGS: Record<string, readonly ErrorCode[]> = {
    account: ['SIGNATURE_INVALID', 'API_NOT_ALLOWED'],
    clock: ['CLOCK_SKEW'],
    cinema: ['CINEMA_NOT_ALLOWED'],
    overload: ['OVERLOADED', 'BODY_TOO_SLOW', 'KEYS_UNAVAILABLE', 'UPSTREAM_UNAVAILABLE', 'STORE_UNAVAILABLE'],
    http: ['INTERNAL_ERROR', 'API_UNKNOWN', 'NOT_FOUND'],
    rejected: ['INVALID_QUERY', 'TOO_MANY_RECORDS', 'BODY_TOO_LARGE', 'INVALID_ENVELOPE'],
  };
  const outcomeOfCode = (code: string, meaning: string) =>
    meaning === 'rejected'
      ? { kind: 'rejected', code, message: `because of ${code}` }
      : { kind: 'retry', code, message: `because of ${code}`, detail: meaning };
  const meanings = Object.entries(MEANINGS).flatMap(([meaning, codes]) =>
    codes.map((code) => [code, meaning] as const),
  );
  test.each(meanings)('%s: %s', async (code, meaning) => {
    expect(await outcomeOf(refusal(code, ERROR_CODES[code].status))).toEqual(outcomeOfCode(code, meaning));
  });

  const unusable = () => {
    throw new Error('PublicKeys is missing');
  };
  test.each([
    ['a refusal that a plain platform sends with HTTP 200', 'SIGNATURE_INVALID', 200, 'account'],
    ['a bad row that made the whole request unusable', 'WRONG_LENGTH', 400, 'rejected'],
    ['a cinema that is not known yet', 'CINEMA_UNKNOWN', 200, 'cinema'],
    ['a bad element', 'CODE_NOT_GENUINE', 200, 'rejected'],
    ['a bad element, with an HTTP status', 'CODE_NOT_GENUINE', 400, 'rejected'],
  ])('the code of %s: %s with %i is %s', async (_name, code, status, meaning) => {
    expect(await outcomeOf(refusal(code, status), { read: unusable })).toEqual(outcomeOfCode(code, meaning));
  });

  test.each(['TICKET_NOT_FOUND', 'CINEMA_UNKNOWN', 'MISSING_ELEMENT', 'E1042'])(
    'the answer %s is delivered with what the reader makes of it',
    async (code) => {
      const outcome = await outcomeOf(refusal(code, 200), { read: (data) => ({ seen: data.ErrorCode }) });
      expect(outcome).toMatchObject({ kind: 'delivered', reply: { seen: code } });
    },
  );

  test('any documented code is a refusal in the words of the peer also where its reader can make nothing of it, and never garbage', async () => {
    let answer: PeerAnswer = {};
    const client = upstream({ url: (await peer(() => answer)).url });
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      for (const status of [ERROR_CODES[code].status, 200]) {
        answer = refusal(code, status);
        const outcome = await ask(client, { read: unusable });
        expect(outcome, `${code} ${status}`).toMatchObject({ code, message: `because of ${code}` });
        expect(outcome, `${code} ${status}`).not.toMatchObject({ detail: 'garbage' });
      }
    }
  });

  test.each([
    ['a 404 page', { status: 404, body: '<html>nothing here</html>' }, 'HTTP_404', 'http'],
    ['a 401 without a body', { status: 401 }, 'HTTP_401', 'http'],
    ['a redirect', { status: 302, headers: { location: 'https://127.0.0.1:1/' } }, 'HTTP_302', 'http'],
    ['a 502 of a proxy', { status: 502, body: '<html>Bad Gateway</html>' }, 'HTTP_502', 'http'],
    ['a 400 in an envelope of its own', { status: 400, body: envelope({ Msg: 'no' }) }, 'HTTP_400', 'http'],
    ['a foreign error code', { status: 400, body: envelope({ ErrorCode: 'E17', ErrorMessage: 'x' }) }, 'E17', 'http'],
    ['an empty 200', {}, 'REPLY_UNREADABLE', 'garbage'],
    ['a login page', { body: '<html>Log in</html>' }, 'REPLY_UNREADABLE', 'garbage'],
    ['JSON that is no envelope', { body: '{"code":0}' }, 'REPLY_UNREADABLE', 'garbage'],
    ['text in GBK', { body: Buffer.from('7b22c3fb223a31', 'hex') }, 'REPLY_UNREADABLE', 'garbage'],
  ] as [string, PeerAnswer, string, string][])('%s: %s %s', async (_name, answer, code, detail) => {
    expect(await outcomeOf(answer)).toMatchObject({ kind: 'retry', code, detail });
  });

  test('a page that comes with HTTP 500 is named with its first characters', async () => {
    const { message } = (await outcomeOf({ status: 500, body: '<html>Oops' })) as { message: string };
    expect(message).toContain(
      'HTTP status 500; the reply is no envelope: it is a page of HTML, and begins with "<html>Oops"',
    );
  });

  test('a foreign error code is named where the answer holds nothing else', async () => {
    const answer = { body: envelope({ ErrorCode: 'SIGN_ERR', ErrorMessage: '签名错误' }) };
    expect(await outcomeOf(answer, { read: unusable })).toMatchObject({
      ...{ kind: 'retry', code: 'REPLY_UNREADABLE', detail: 'garbage' },
      message: expect.stringContaining('SIGN_ERR: 签名错误'),
    });
  });

  test('an endless reply is cut off', async () => {
    const outcome = await outcomeOf((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      const chunk = `100000\r\n${' '.repeat(0x100000)}\r\n`;
      const more = () => {
        while (socket.writable && socket.write(chunk));
      };
      socket.on('drain', more).on('error', () => {});
      more();
    });
    expect(outcome).toMatchObject({ kind: 'retry', code: 'REPLY_TOO_LARGE', detail: 'garbage' });
  });

  test('an envelope is read also with unknown elements, without Datetime and with a BOM', async () => {
    const body = '\ufeff{"ReplyData":{"ReportResult":"true"},"Extra":[1],"Version":1.0}';
    expect(await outcomeOf({ body })).toMatchObject({ kind: 'delivered', reply: { ReportResult: 'true' } });
  });
});

test('there is no client without TLS', () => {
  expect(() => upstream({ url: 'http://127.0.0.1:9000' })).toThrow('no https address');
});

describe('when the network fails, a call', () => {
  test('reports a port where nobody listens', async () => {
    const { url, close } = await peer(() => ({}));
    await close();
    expect(await ask(upstream({ url }))).toMatchObject({ kind: 'retry', code: 'ECONNREFUSED', detail: 'transport' });
  });

  test('does not speak to a server whose certificate another CA issued', async () => {
    const { url, requests } = await peer(() => ({ body: envelope({}) }));
    const other = await testTls();
    expect(await ask(upstream({ url, ca: other.ca }))).toMatchObject({ kind: 'retry', detail: 'transport' });
    expect(await ask(upstream({ url, ca: null }))).toMatchObject({ kind: 'retry', detail: 'transport' });
    expect(requests).toEqual([]);
  });

  test('does not speak to a server whose certificate is for another host', async () => {
    const elsewhere = await testTls(['elsewhere.example']);
    const { url, requests } = await peer(() => ({ body: envelope({}) }), elsewhere);
    const outcome = await ask(upstream({ url, ca: elsewhere.ca }));
    expect(outcome).toMatchObject({ kind: 'retry', code: 'ERR_TLS_CERT_ALTNAME_INVALID', detail: 'transport' });
    expect(requests).toEqual([]);
  });

  const stalls: [string, () => Promise<string>][] = [
    ['that accepts and then is silent', listenSilently],
    ['that reads and never answers', async () => (await peer(() => new Promise<PeerAnswer>(() => {}))).url],
    [
      'that stops in the middle of its body',
      async () => (await peer(() => (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"R'))).url,
    ],
  ];
  test.each(stalls)('gives up on a server %s when its time is over', async (_name, start) => {
    const client = upstream({ url: await start() });
    const startedAt = performance.now();
    const outcome = await ask(client, { timeoutMs: 300, idempotent: true });
    expect(outcome).toMatchObject({ kind: 'retry', code: 'TIMEOUT', detail: 'timeout' });
    expect(performance.now() - startedAt).toBeGreaterThan(250);
  });

  test.each([
    ['cut off in the middle', 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"R', 'transport'],
    ['closed without a word', '', 'transport'],
    ['answered in another language', 'SSH-2.0-OpenSSH_9.6\r\n', 'garbage'],
  ])('does not mistake a connection that is %s', async (_name, bytes, detail) => {
    const { url } = await peer(() => (socket) => socket.end(bytes));
    expect(await ask(upstream({ url }))).toMatchObject({ kind: 'retry', detail });
  });
});

describe('a call that is sent after something else', () => {
  const answering = () => peer(() => ({ body: envelope({}) }));

  test('is sent once that has resolved', async () => {
    const { url, requests } = await answering();
    const client = upstream({ url });
    const gate = Promise.withResolvers<void>();
    const held = ask(client, { sendAfter: gate.promise });
    expect(await ask(client)).toMatchObject({ kind: 'delivered' });
    expect(requests).toHaveLength(1);
    gate.resolve();
    expect(await held).toMatchObject({ kind: 'delivered' });
    expect(requests).toHaveLength(2);
  });

  test('is not sent where that rejects, and rejects with its reason', async () => {
    const { url, requests } = await answering();
    const failing = Promise.reject(new Error('disk full'));
    await expect(ask(upstream({ url }), { sendAfter: failing, idempotent: true })).rejects.toThrow('disk full');
    expect(requests).toHaveLength(0);
  });

  test('is not sent if that takes longer than the call may wait, which does not count as silence of the peer', async () => {
    const { url, requests } = await answering();
    const late = new Promise((resolve) => void setTimeout(resolve, 60));
    const outcome = await ask(upstream({ url }), { sendAfter: late, timeoutMs: 50, idempotent: true });
    expect(outcome).toMatchObject({ kind: 'retry', code: 'NOT_SENT', detail: 'unsent' });
    expect(requests).toHaveLength(0);
  });
});

describe('a second attempt', () => {
  const coded = (code: ErrorCode): PeerAnswer => ({
    status: ERROR_CODES[code].status,
    body: envelope({ ErrorCode: code, ErrorMessage: '' }),
  });
  const cut: PeerAnswer = (socket) => void socket.destroy();
  const attempts: [name: string, failure: PeerAnswer, options: Partial<typeof whole>, requests: number][] = [
    ['is made after a cut connection where the call is idempotent', cut, { idempotent: true }, 2],
    ['is made after a 502', { status: 502 }, { idempotent: true }, 2],
    ['is not made where the call is not idempotent', { status: 502 }, {}, 1],
    ['is not made where too little of the time is left', { status: 502 }, { idempotent: true, timeoutMs: 200 }, 1],
    ['is not made after OVERLOADED', coded('OVERLOADED'), { idempotent: true }, 1],
    ['is not made after SIGNATURE_INVALID', coded('SIGNATURE_INVALID'), { idempotent: true }, 1],
    ['is not made after INVALID_QUERY', coded('INVALID_QUERY'), { idempotent: true }, 1],
  ];
  test.each(attempts)('%s', async (_name, failure, options, attempted) => {
    let calls = 0;
    const { url, requests } = await peer(() => {
      calls += 1;
      return calls === 1 ? failure : { body: envelope({}) };
    });
    const { kind } = await ask(upstream({ url }), options);
    expect([kind === 'delivered', requests.length]).toEqual([attempted === 2, attempted]);
  });
});

describe('the clock of the peer', () => {
  const clocks = async (ahead: number) => {
    let now = NOON;
    const started = await peer(() => ({ body: envelope({}, now + ahead) }));
    const log = keptLog();
    const client = upstream({ url: started.url, now: () => now, logger: log.logger });
    const askOften = async (times: number) => {
      for (let i = 0; i < times; i += 1) {
        await ask(client);
        now += 2000;
      }
    };
    const lastSentAt = () => epochOf(readEnvelope(Buffer.from(started.requests.at(-1)?.body ?? '')).datetime);
    return { client, askOften, lastSentAt, now: () => now, lines: log.lines };
  };

  test('raises one alarm beyond 5 minutes, and is followed in Datetime only', async () => {
    const { client, askOften, lastSentAt, now, lines } = await clocks(-8 * 3_600_000);
    await askOften(6);
    expect(Math.abs(lastSentAt() - (now() - 2000) + 8 * 3_600_000)).toBeLessThanOrEqual(1000);
    expect(client.clockOffset()).toMatchObject({ trusted: false, measured: true });
    expect(lines.filter((line) => line.level === 50)).toHaveLength(1);
  });

  test('is learnt from refusals too, so that a refused clock corrects itself', async () => {
    let now = NOON;
    const started = await peer(({ body }) => {
      const { datetime } = readEnvelope(Buffer.from(body));
      const there = now + 3_600_000;
      if (Math.abs(epochOf(datetime) - there) < 300_000) return { body: envelope({}, there) };
      return { status: 401, body: envelope({ ErrorCode: 'CLOCK_SKEW', ErrorMessage: '' }, there) };
    });
    const client = upstream({ url: started.url, now: () => now });
    const outcomes = [];
    for (let i = 0; i < 6; i += 1) {
      outcomes.push((await ask(client)).kind);
      now += 2000;
    }
    expect(outcomes[0]).toBe('retry');
    expect(outcomes.at(-1)).toBe('delivered');
  });
});

describe('a peer that announces another generation in each reply', () => {
  test('is believed once in ten minutes, and is logged as often', async () => {
    let [now, replies] = [NOON, 0];
    const { url } = await peer(() => {
      replies += 1;
      return { headers: { 'ticket-check-generation': `g-${replies}` }, body: envelope({}, now) };
    });
    const log = keptLog();
    const announced: (string | null)[] = [];
    const client = upstream({
      url,
      now: () => now,
      logger: log.logger,
      onAnnouncement: ({ generation }) => void announced.push(generation),
    });
    for (let i = 0; i < 30; i += 1) await ask(client);
    expect(announced).toEqual(['g-1', 'g-2']);
    expect(client.generation()).toBe('g-2');
    expect(log.lines.map(({ msg }) => msg)).toEqual([
      'peer announced something new',
      'peer announced something new',
      'received an unusable answer from the upstream',
    ]);
    now += 10 * 60_000;
    for (let i = 0; i < 30; i += 1) await ask(client);
    expect(announced).toEqual(['g-1', 'g-2', 'g-31']);
    expect(log.lines).toHaveLength(5);
    expect(log.lines.at(-1)).toMatchObject({ kind: 'generation', before: 27 });
    expect(client.believesLess(7)).toBe(false);
  });

  test('names at most as many as are kept, and none that is longer', async () => {
    const named = async (generation: string) => {
      const client = upstream({
        url: (await peer(() => ({ headers: { 'ticket-check-generation': generation }, body: envelope({}) }))).url,
      });
      await ask(client);
      return [client.generation(), client.replaces().length];
    };
    const ids = (count: number) => Array.from({ length: count }, (_, n) => `g-${n}`).join(', ');
    expect(await named(ids(400))).toEqual(['g-0', 15]);
    expect(await named('2026-11-30T10:00:00.5_b, a=')).toEqual(['2026-11-30T10:00:00.5_b', 1]);
    expect(await named('g'.repeat(65))).toEqual([null, 0]);
  });
});

test('what a peer says of an error is cut and takes one line of ten minutes', async () => {
  const refused = envelope({ ErrorCode: 'E'.repeat(5000), ErrorMessage: 'x'.repeat(4_000_000) });
  const { url } = await peer(() => ({ status: 400, body: refused }));
  const outcome = await ask(upstream({ url }));
  expect(JSON.stringify(outcome).length).toBeLessThan(600);
  const log = keptLog();
  const cut = await peer(() => ({ body: '[]' }));
  const client = upstream({ url: cut.url, logger: log.logger });
  for (let i = 0; i < 30; i += 1) await ask(client);
  expect(log.lines).toMatchObject([{ kind: 'unusable-reply', subject: 'GetPublicKeys' }]);
});
