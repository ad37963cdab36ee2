import { constants, generateKeyPairSync, hash, type KeyObject, publicDecrypt } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { selfSignedCertificate } from './testing/run.ts';

type PlainPlatform = Awaited<ReturnType<typeof startPlainPlatform>>;

const ENVELOPE = ['Version', 'Datetime', 'Username', 'Api', 'Signature', 'QueryData'];
const QUERY: Record<string, string[]> = {
  GetPublicKeys: ['CinemaCode'],
  GetTicketInfo: ['CinemaCode', 'FilmTicketCode', 'StartTime'],
  ReportOriginalCheckTickets: ['CinemaCode', 'CheckTickets'],
};
const CHECK_TICKET =
  'TicketInfoCode CheckTime ScreenCode ScreenName FilmCode FilmName SessionCode StartTime TicketType FilmTicketCode RowNum ColumnNum Price Service'.split(
    ' ',
  );

const DIGEST_INFO_OF_MD5 = Buffer.from('3020300c06082a864886f70d020505000410', 'hex');
const PAYLOADS = {
  hex: (digest: Buffer) => Buffer.from(digest.toString('hex')),
  raw: (digest: Buffer) => digest,
  'digest-info': (digest: Buffer) => Buffer.concat([DIGEST_INFO_OF_MD5, digest]),
};
const AMOUNTS = { 'two-decimals': /^\d+\.\d\d$/, 'one-decimal': /^\d+\.\d$/, string: /^"\d+\.\d\d"$/ };

/**
 * A platform with the habits of other people's servers. It refuses every element that the scheme does not name, signs off with `"true"`,
 * writes numbers as strings and answers `{}` for an unknown ticket. It shares no code with the project, so that it is a stranger.
 */
export async function startPlainPlatform() {
  const { key, cert } = selfSignedCertificate('plain');
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const platform = {
    url: '',
    username: 'plain-caller',
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    caPem: cert,
    publicKeys: new Map<string, { PublicKey: string; StartTime: string }[]>(),
    tickets: new Map<string, Record<string, string>>(),
    /** Every record of every report that was answered with "true", in the order of arrival. */
    kept: [] as Record<string, unknown>[],
    foreign: [] as string[],
    calls: [] as string[],
    /** Set to make ReportOriginalCheckTickets answer false. */
    refuseReports: (_records: Record<string, unknown>[]): boolean => false,
    /** What it calls the time: Datetime of its replies. */
    datetime: shanghaiNow,
    /** The one way in which it reads signatures and amounts; anything else is refused. */
    reads: { payload: 'hex' as keyof typeof PAYLOADS, amounts: 'two-decimals' as keyof typeof AMOUNTS },
    async close(): Promise<void> {
      const closed = once(server.close(), 'close');
      server.closeAllConnections();
      await closed;
    },
  };

  const server = createServer({ key, cert }, async (request, response) => {
    // like many a servlet: HTTP 500 with a page of HTML for whatever it did not expect
    try {
      const body = await text(request);
      const replyData = answer(platform, publicKey, request, body);
      response.setHeader('Content-Type', 'text/json;charset=UTF-8');
      response.end(JSON.stringify({ Version: '1.0', Datetime: platform.datetime(), ReplyData: replyData }, null, 2));
    } catch (error) {
      response.writeHead(500, { 'Content-Type': 'text/html' }).end(`<html><body>${String(error)}</body></html>`);
    }
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  platform.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/services/check.do`;
  return platform;
}

function answer(platform: PlainPlatform, key: KeyObject, request: IncomingMessage, body: string): unknown {
  if (request.method !== 'POST' || request.url !== '/services/check.do')
    throw new Error(`${request.method} ${request.url}`);
  const envelope = JSON.parse(body) as Record<string, unknown>;
  const api = String(envelope.Api);
  platform.calls.push(api);
  nothingBut(platform, envelope, ENVELOPE);
  const query = envelope.QueryData as Record<string, unknown>;
  nothingBut(platform, query, QUERY[api] ?? []);
  const queryText = cut(body);
  const signed = `${envelope.Version}${envelope.Datetime}${envelope.Username}${envelope.Api}${queryText}`;
  const digest = hash('md5', signed, 'buffer');
  const signature = Buffer.from(String(envelope.Signature), 'base64');
  const recovered = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
  if (!recovered.equals(PAYLOADS[platform.reads.payload](digest))) throw new Error('signature');
  for (const [, amount = ''] of queryText.matchAll(/"(?:Price|Service)":("?[^",}]*"?)/g)) {
    if (!AMOUNTS[platform.reads.amounts].test(amount)) throw new Error(`amount ${amount}`);
  }
  if (envelope.Username !== platform.username) throw new Error('username');

  switch (api) {
    case 'GetPublicKeys':
      return { PublicKeys: platform.publicKeys.get(String(query.CinemaCode)) ?? [] };
    case 'GetTicketInfo':
      return platform.tickets.get(String(query.FilmTicketCode)) ?? {};
    case 'ReportOriginalCheckTickets': {
      const records = query.CheckTickets as Record<string, unknown>[];
      for (const record of records) {
        nothingBut(platform, record, CHECK_TICKET);
        for (const element of CHECK_TICKET) if (!(element in record)) throw new Error(`${element} is missing`);
      }
      if (platform.refuseReports(records)) return { ReportResult: 'false' };
      platform.kept.push(...records);
      return { ReportResult: 'true' };
    }
    default:
      throw new Error(`no such Api ${api}`);
  }
}

function nothingBut(platform: PlainPlatform, value: Record<string, unknown>, names: readonly string[]): void {
  const foreign = Object.keys(value).filter((name) => !names.includes(name));
  platform.foreign.push(...foreign);
  if (foreign.length > 0) throw new Error(`unknown element ${foreign.join(', ')}`);
}

/** QueryData stands last in what our clients send; the characters between its colon and the closing brace. */
const cut = (body: string): string =>
  body.slice(body.indexOf('"QueryData":') + '"QueryData":'.length, body.lastIndexOf('}'));

const shanghaiNow = (): string => new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19);
