// @module-tag service
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { connect, type TLSSocket } from 'node:tls';
import { SCHEME_ALGORITHM, wallClockAt } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Accounts } from '../accounts/accounts.ts';
import { CINEMA, callerOf, issueCaller, NOON, openAccounts, type TestCaller } from '../testing/accounts.ts';
import { mebibytesInUse, postRaw } from '../testing/requests.ts';
import { keysApi, REPORT, reportApi, type SignedServer, startSignedServer } from '../testing/signed-server.ts';
import { createLargeBodies } from './body.ts';

const MAX_BYTES = 6_000_000;
const largeBodies = createLargeBodies(MAX_BYTES);
const { privateKey: strangersKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = callerOf('nobody', strangersKey);

/** A report as the most verbose client writes it: every character outside ASCII as six. */
const record = {
  TicketInfoCode: `11062601${'A'.repeat(684)}`,
  CheckTime: '2026-11-24T12:00:00',
  ScreenCode: '1106260100000001',
  ScreenName: '厅'.repeat(128),
  FilmCode: '001102582019',
  FilmName: '片'.repeat(128),
  SessionCode: '0000000000000795',
  StartTime: '2026-11-24T12:30:00',
  TicketType: '网络售票',
  FilmTicketCode: '1106260112345678',
  RowNum: 12,
  ColumnNum: 34,
  Price: 45,
  Service: 3,
  RecordId: '01939ab0-0000-7000-8000-000000000000',
};

describeSqlite('a body of more than 64 KiB', (engine) => {
  let accounts: Accounts;
  let caller: TestCaller;
  let server: SignedServer;
  const sockets: TLSSocket[] = [];
  let handled = 0;
  let held: Promise<void> | undefined;

  beforeAll(async () => {
    accounts = (await openAccounts(engine)).accounts;
    caller = await issueCaller(accounts, { username: 'platform-1' });
    server = await startSignedServer(options());
  });
  afterAll(() => server.close());
  beforeEach(() => {
    handled = 0;
    held = undefined;
    return () => {
      for (const socket of sockets.splice(0)) socket.destroy();
    };
  });

  function options(): Parameters<typeof startSignedServer>[0] {
    return {
      apis: [
        keysApi(async () => ({ PublicKeys: [] })),
        reportApi(async ({ checkTickets }) => {
          handled += checkTickets.length;
          await held;
          return { ReportResult: true };
        }),
      ],
      accounts,
      largeBodies,
    };
  }

  const filler = 'x'.repeat(100_000);
  const report = (by: TestCaller, more: object = {}) =>
    by.request(REPORT, { CinemaCode: CINEMA, CheckTickets: [record], ...more });
  /** A report of exactly this QueryData, which may be sent in another form than it was signed in. */
  function reportOf(queryText: string, sent = queryText): string {
    const { username, privateKey } = caller;
    const Datetime = wallClockAt(NOON);
    const Signature = SCHEME_ALGORITHM.sign(`1.0${Datetime}${username}${REPORT}${queryText}`, privateKey, 'hex');
    const head = { Version: '1.0', Datetime, Username: username, Api: REPORT, Signature };
    return `${JSON.stringify(head).slice(0, -1)},"QueryData":${sent}}`;
  }
  const codeOf = (reply: { json(): { ReplyData: Record<string, unknown> } }) => reply.json().ReplyData.ErrorCode;
  const post = async (body: string | Buffer, to = server) => {
    const reply = await postRaw(to.url, body, to);
    return [reply.status, codeOf(reply)];
  };

  test('fits 1000 records with RSA-4096 codes and names of 128 characters, escaped and pretty-printed', async () => {
    const CheckTickets = Array.from({ length: 1000 }, () => record);
    const escaped = (text: string) =>
      text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    const query = JSON.parse(escaped(JSON.stringify({ CinemaCode: CINEMA, CheckTickets })));
    // Signed over the compact text with escapes, and sent with white space.
    const body = escaped(caller.request(REPORT, query));
    expect(await post(body)).toEqual([401, 'SIGNATURE_INVALID']);
    const queryText = escaped(JSON.stringify(query));
    const pretty = escaped(JSON.stringify(query, null, 1));
    for (const sent of [queryText, pretty]) {
      handled = 0;
      const whole = reportOf(queryText, sent);
      expect(Buffer.byteLength(whole)).toBeGreaterThan(2_500_000);
      expect(await post(whole)).toEqual([200, undefined]);
      expect(handled).toBe(1000);
    }
  });

  test('is too large for an Api that needs none, for every caller, and the connection stays', async () => {
    for (const by of [caller, stranger]) {
      const body = by.request('GetPublicKeys', { CinemaCode: CINEMA, Note: filler });
      expect(await post(body)).toEqual([413, 'BODY_TOO_LARGE']);
    }
    expect(await post(caller.request('Nonsense', { Note: filler }))).toEqual([404, 'API_UNKNOWN']);
    expect(await post(caller.request(REPORT, { Note: filler }, NOON - 400_000))).toEqual([401, 'CLOCK_SKEW']);
  });

  test.each([
    ['a key twice deep inside', '"RowNum"', '"RowNum":1,"RowNum"'],
    ['what is no JSON', '"RowNum":12', '"RowNum":1x'],
  ])('is not read inside for a stranger: %s', async (_name, good, bad) => {
    const ofStranger = report(stranger, { Note: filler });
    const forged = report(callerOf('platform-1', strangersKey), { Note: filler });
    for (const body of [ofStranger, ofStranger.replace(good, bad), forged.replace(good, bad)]) {
      expect(await post(body)).toEqual([401, 'SIGNATURE_INVALID']);
    }
  });

  test('is refused as ever once its sender is known', async () => {
    const text = JSON.stringify({ CinemaCode: CINEMA, CheckTickets: [], Note: filler });
    const send = (queryText: string) => post(reportOf(queryText));
    expect(await send(text)).toEqual([200, undefined]);
    expect(await send(text.replace('"Note"', '"CinemaCode":"11062601","Note"'))).toEqual([400, 'DUPLICATE_KEY']);
    expect(await send(text.replace('[]', '[{"A":{"B":1,"B":2}}]'))).toEqual([400, 'DUPLICATE_KEY']);
    expect(await send(text.replace('[]', '[,]'))).toEqual([400, 'INVALID_JSON']);
    expect(await send(text.replace('[]', `[${'{},'.repeat(1000)}{}]`))).toEqual([400, 'TOO_MANY_RECORDS']);
    expect(await send(text.replace(CINEMA, '31011201'))).toEqual([403, 'CINEMA_NOT_ALLOWED']);
  });

  async function open(localAddress = '127.0.0.1', { port, ca } = server): Promise<TLSSocket> {
    const beneath = connectPlain({ host: '127.0.0.1', port, localAddress });
    const socket = connect({ socket: beneath, ca, servername: 'localhost' });
    sockets.push(socket.on('error', () => {}));
    await once(socket, 'secureConnect');
    return socket;
  }

  /** `once` of Node rejects where the server resets the connection first. */
  const drainedOrClosed = (socket: TLSSocket) =>
    new Promise<void>((resolve) => {
      for (const event of ['drain', 'close']) socket.once(event, () => resolve());
    });

  /** A connection that sends half of a body and then nothing. */
  async function sendHalf(bytes: number, localAddress?: string, to?: SignedServer): Promise<TLSSocket> {
    const socket = await open(localAddress, to);
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes * 2}\r\n\r\n`);
    socket.write(Buffer.alloc(bytes, ' '));
    return socket;
  }

  test('is refused beyond the limit of its Api, whether or not it says its length, and before it has come', async () => {
    const body = report(caller, { Note: 'x'.repeat(4_000_000) });
    for (const chunked of [false, true]) {
      const refused = await postRaw(server.url, body, { ca: server.ca, chunked });
      expect([refused.status, codeOf(refused)]).toEqual([413, 'BODY_TOO_LARGE']);
    }
    expect(handled).toBe(0);
    const socket = await open();
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000001\r\n\r\n{');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toContain('HTTP/1.1 413');
    socket.destroy();
  });

  test('is cut off if it is endless', async () => {
    const socket = (await open()).resume();
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    const mebibyte = Buffer.alloc(1024 * 1024, ' ');
    let sent = 0;
    for (; sent < 100 && !socket.destroyed; sent += 1) {
      socket.write('100000\r\n');
      socket.write(mebibyte);
      if (!socket.write('\r\n') && !socket.destroyed) await drainedOrClosed(socket);
    }
    expect(sent).toBeLessThan(100);
  });

  const answerOf = async (socket: TLSSocket) => {
    const text = await readText(socket);
    return [Number(text.slice(9, 12)), /^connection: close\r$/im.test(text), /"ErrorCode":"(\w+)"/.exec(text)?.[1]];
  };

  test('takes the place of the slowest one where all together take too much memory', async () => {
    const trickling = await sendHalf(1_000_000, '127.0.0.2');
    const halves = await Promise.all([1, 2, 3].map((n) => sendHalf(700_000, `127.0.1.${n}`)));
    await expect.poll(() => largeBodies.allocated()).toBeGreaterThanOrEqual(3_100_000);
    const answers = [trickling, ...halves].map(answerOf);
    let sent = 0;
    const trickle = setInterval(() => {
      sent += Number(trickling.write(' '));
    }, 10);
    try {
      for (let n = 1; n <= 4; n += 1) {
        const body = report(caller, { Note: 'x'.repeat(3_000_000), n });
        expect((await postRaw(server.url, body, server)).status).toBe(200);
      }
    } finally {
      clearInterval(trickle);
    }
    expect(sent).toBeGreaterThan(0);
    expect(await Promise.race(answers)).toEqual([503, true, 'OVERLOADED']);
    expect(await post(caller.request('GetPublicKeys', { CinemaCode: CINEMA }))).toEqual([200, undefined]);
    for (const socket of [trickling, ...halves]) socket.destroy();
    await expect.poll(() => largeBodies.allocated()).toBe(0);
  });

  test('takes only the memory of its bytes if it comes in pieces of one byte', async () => {
    const before = mebibytesInUse();
    const pieces = await Promise.all([1, 2, 3, 4].map(() => open()));
    for (const socket of pieces) {
      socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
      socket.write('1\r\n \r\n'.repeat(100_000));
    }
    await expect.poll(() => largeBodies.allocated()).toBeGreaterThanOrEqual(400_000);
    await expect.poll(() => mebibytesInUse() - before).toBeLessThan(8);
  });

  test('is given up where it arrives too slowly', async () => {
    const hasty = await startSignedServer({ ...options(), bodyWithinMs: 50 });
    try {
      const slow = await sendHalf(1_000_000, '127.0.0.2', hasty);
      expect(await answerOf(slow)).toEqual([408, true, 'BODY_TOO_SLOW']);
      expect(largeBodies.allocated()).toBe(0);
    } finally {
      await hasty.close();
    }
  });

  test('frees what it took, whatever its outcome', async () => {
    const bodies = [
      report(stranger, { Note: filler }),
      report(caller, { Note: filler }),
      caller.request('GetPublicKeys', { CinemaCode: CINEMA, Note: filler }),
      `${report(caller, { Note: filler })}}`,
      'x'.repeat(4_100_000),
      '',
    ];
    await Promise.all(bodies.map((body) => postRaw(server.url, body, server)));
    const chunked = { ca: server.ca, chunked: true };
    await Promise.all(bodies.map((body) => postRaw(server.url, body, chunked)));
    expect(largeBodies.allocated()).toBe(0);
  });

  test('is one of 24 of its account that are under way', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    const bodies = Array.from({ length: 24 }, (_, n) => report(caller, { Note: `${filler}${n}` }));
    const answers = bodies.map((body) => post(body));
    await expect.poll(() => handled).toBe(24);
    // Their senders are known.
    expect(largeBodies.allocated()).toBe(0);
    expect(await post(report(caller, { Note: `${filler}24` }))).toEqual([503, 'OVERLOADED']);
    expect(await post(caller.request('GetPublicKeys', { CinemaCode: CINEMA }))).toEqual([200, undefined]);
    resolve();
    held = undefined;
    expect(await Promise.all(answers)).toEqual(bodies.map(() => [200, undefined]));
    expect(await post(report(caller, { Note: filler }))).toEqual([200, undefined]);
  });

  test('leaves the memory while its sender waits for the answer', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    // White space, which is gone once QueryData is parsed.
    const body = Buffer.from(
      reportOf(`{${' '.repeat(1_500_000)}"CinemaCode":"${CINEMA}","CheckTickets":[${JSON.stringify(record)}]}`),
    );
    const before = mebibytesInUse();
    const answers: Promise<unknown>[] = [];
    for (let n = 1; n <= 6; n += 1) {
      answers.push(post(body));
      await expect.poll(() => handled, { interval: 5 }).toBe(n);
    }
    await expect.poll(() => mebibytesInUse() - before).toBeLessThan(4.5);
    resolve();
    held = undefined;
    expect(await Promise.all(answers)).toEqual(answers.map(() => [200, undefined]));
  });
});
