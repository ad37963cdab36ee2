import { createPrivateKey } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import {
  APIS,
  addSeconds,
  EXTENSIONS_HEADER,
  parseCinemaCode,
  parseFen,
  parseFilmCode,
  parseFilmTicketCode,
  parseScreenCode,
  parseSessionCode,
  parseWallClock,
  type TicketInfo,
  wallClockAt,
  writeRequest,
} from '@ticket-check/protocol';
import { describe, expect, test } from 'vitest';
import { HttpAnswer, type PeerBundle } from './signed-peer.ts';
import { startNationalPlatform } from './vitest.ts';

// @module-tag service

const CINEMA = parseCinemaCode('31012801');
const TICKET: TicketInfo = {
  cinemaCode: CINEMA,
  cinemaName: '示例影城',
  filmTicketCode: parseFilmTicketCode('0000004000000001'),
  screenCode: parseScreenCode('0000000000000007'),
  screenName: '7号厅',
  filmCode: parseFilmCode('001102582019'),
  filmName: '示例影片',
  sessionCode: parseSessionCode('0000039211912080'),
  startTime: parseWallClock('2026-11-24T20:00:00'),
  ticketType: '网络售票',
  sellTime: parseWallClock('2026-11-23T20:00:00'),
  rowNum: 8,
  columnNum: 9,
  price: parseFen(4500),
  service: parseFen(300),
  checkStatus: 'No',
  refundStatus: 'No',
  refundTime: null,
};
const QUESTION = { CinemaCode: CINEMA, FilmTicketCode: TICKET.filmTicketCode, StartTime: TICKET.startTime };

/** Asks on a connection of its own. */
async function ask(
  bundle: PeerBundle,
  api: string,
  query: unknown,
  options: { headers?: Record<string, string>; secondsOff?: number } = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; replyData: Record<string, unknown> }> {
  const { headers = {}, secondsOff = 0 } = options;
  const datetime = addSeconds(wallClockAt(Date.now()), secondsOff);
  const privateKey = createPrivateKey(bundle.PrivateKey);
  const body = writeRequest({ datetime, username: bundle.Username, api, query, privateKey, form: 'hex' });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(bundle.Url, { method: 'POST', ca: bundle.CaCertificate, agent: false, headers }, resolve)
    .once('error', reject)
    .end(body);
  const reply = await promise;
  const { ReplyData } = JSON.parse(await text(reply));
  return { status: reply.statusCode ?? 0, headers: reply.headers, replyData: ReplyData };
}

const extended = (...tokens: string[]) => ({ headers: { [EXTENSIONS_HEADER]: tokens.join(', ') } });

describe('a peer in memory', () => {
  test('refuses unknown callers, other cinemas and a wrong clock, and logs the calls', async () => {
    const national = await startNationalPlatform({ cinemaCodes: [CINEMA] });
    const { bundle } = national;
    const { PrivateKey } = await national.issue('another');
    const codeOf = async (...asking: Parameters<typeof ask>) => (await ask(...asking)).replyData.ErrorCode;
    expect(await codeOf({ ...bundle, PrivateKey }, APIS.getTicketInfo, QUESTION)).toBe('SIGNATURE_INVALID');
    expect(await codeOf(bundle, APIS.getTicketInfo, QUESTION, { secondsOff: -301 })).toBe('CLOCK_SKEW');
    expect(national.calls).toEqual([]);
    const elsewhere = { CinemaCode: '31012802' };
    expect(await codeOf(bundle, APIS.getPublicKeys, elsewhere)).toBe('CINEMA_NOT_ALLOWED');
    expect(await codeOf(bundle, APIS.claimTicket, QUESTION)).toBe('API_UNKNOWN');
    expect(national.asked).toEqual([APIS.getPublicKeys, APIS.claimTicket]);
    expect(national.queries(APIS.getPublicKeys)).toEqual([elsewhere]);
  });

  test('holds an account to one store', async () => {
    const { bundle } = await startNationalPlatform();
    const from = (Store: string) => ask(bundle, APIS.getPublicKeys, { CinemaCode: CINEMA, Store });
    expect((await from('one')).status).toBe(200);
    expect((await from('two')).replyData.ErrorCode).toBe('ACCOUNT_IN_USE');
    const unnamed = await ask(bundle, APIS.getPublicKeys, { CinemaCode: CINEMA }, extended('signed-store'));
    expect(unnamed.replyData.ErrorCode).toBe('ACCOUNT_IN_USE');
    expect((await from('three, one')).status).toBe(200);
    expect((await from('one')).replyData.ErrorCode).toBe('ACCOUNT_IN_USE');
  });
});

describe('what goes wrong with a peer', () => {
  const keys = [[CINEMA, []]] as const;
  const askKeys = ({ bundle }: { bundle: PeerBundle }) => ask(bundle, APIS.getPublicKeys, { CinemaCode: CINEMA });

  test('held calls are handled when the fault is over, and others meanwhile', async () => {
    const platform = await startNationalPlatform({ keys });
    const release = platform.hold(APIS.getPublicKeys);
    const asking = askKeys(platform);
    await platform.until(() => platform.asked.length === 1);
    expect((await ask(platform.bundle, APIS.getTicketInfo, QUESTION)).status).toBe(200);
    release();
    expect((await asking).replyData).toEqual({ PublicKeys: [] });
  });

  test('a lost reply is lost, also where the fault is over before the reply was due', async () => {
    const platform = await startNationalPlatform();
    let handled = 0;
    platform.replace(APIS.getPublicKeys, (_, usual) => {
      handled += 1;
      return usual();
    });
    const findReplies = platform.loseReplies();
    const lost = askKeys(platform).catch((error: Error) => error.message);
    await platform.until(() => platform.asked.length === 1);
    findReplies();
    expect((await askKeys(platform)).status).toBe(200);
    expect(handled).toBe(2);
    await platform.stop();
    expect(await lost).toBe('socket hang up');
  });

  test('an answer may be replaced by any other, until it is not', async () => {
    const platform = await startNationalPlatform();
    const mend = platform.replace(APIS.getPublicKeys, () => new HttpAnswer({ status: 413, body: '{"ReplyData":"x"}' }));
    expect(await askKeys(platform)).toMatchObject({ status: 413, replyData: 'x' });
    mend();
    expect(await askKeys(platform)).toMatchObject({ status: 200, replyData: { PublicKeys: [] } });
  });
});
