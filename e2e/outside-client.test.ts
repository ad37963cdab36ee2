import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ticket } from '@ticket-check/simulators/box-office';
import { connectScanner, type Demo, openDemo, type Role } from '@ticket-check/simulators/dev-network';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Bundle, shanghaiTime } from './testing/client.ts';
import { run } from './testing/run.ts';
import { eventually } from './testing/site.ts';
import { testSite } from './testing/test-site.ts';
import { allIn, read, root } from './testing/texts.ts';
import { checkRecord, reportQuery, sellTicket, sellTickets, ticketQuery } from './testing/tickets.ts';

// A client made of the OpenSSL command line and curl, as an integrator tries a bundle out by hand.

const openssl = (args: string, input?: string | Buffer): Buffer => run('openssl', args.split(' '), input);

/** Puts a digest into a type 1 block of a private key. Reading E3. */
const seal = (key: string, digest: Buffer) =>
  openssl(`pkeyutl -sign -inkey ${key} -pkeyopt rsa_padding_mode:pkcs1`, digest);

/** What the signature's block holds: the hex digits of the digest, its bytes, or a DER DigestInfo. Reading E3. */
const PAYLOADS = {
  hex: (text: string, key: string) => seal(key, openssl('dgst -md5 -r', text).subarray(0, 32)),
  raw: (text: string, key: string) => seal(key, openssl('dgst -md5 -binary', text)),
  'digest-info': (text: string, key: string) => openssl(`dgst -md5 -sign ${key}`, text),
};
type Payload = keyof typeof PAYLOADS;

/** How the request is laid out: compact, pretty-printed, or signed compact and then printed pretty. Reading E2. */
const LAYOUTS = ['compact', 'pretty', 'signed compact, sent pretty'] as const;
type Layout = (typeof LAYOUTS)[number];

/** Seals a message of any length, which `-sign` does not take: the padding is ours, the private operation bare. */
function sealLong(keyFile: string, message: Buffer, bits: number): Buffer {
  const padding = Buffer.alloc(bits / 8 - message.length - 3, 0xff);
  const block = Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), message]);
  return openssl(`pkeyutl -decrypt -inkey ${keyFile} -pkeyopt rsa_padding_mode:none`, block);
}

/** Takes the message out of a type 1 block with the public key, which GetPublicKeys sends as Base64 of its DER form. */
function recoverMessage(publicKey: string, block: Buffer, directory: string): Buffer {
  const keyFile = join(directory, 'recover.der');
  writeFileSync(keyFile, Buffer.from(publicKey, 'base64'));
  const key = `-pubin -keyform DER -inkey ${keyFile}`;
  return openssl(`pkeyutl -verifyrecover ${key} -pkeyopt rsa_padding_mode:pkcs1`, block);
}

/** A client with the bundle of an account; its files lie in `directory`. */
function opensslClient(bundle: Bundle, directory: string) {
  const keyFile = join(directory, `${bundle.Username}.pem`);
  const caFile = join(directory, `${bundle.Username}-ca.pem`);
  writeFileSync(keyFile, bundle.PrivateKey, { mode: 0o600 });
  writeFileSync(caFile, bundle.CaCertificate);

  return {
    body(Api: string, query: unknown, payload: Payload = 'hex', layout: Layout = 'compact'): string {
      const envelope = { Version: '1.0', Datetime: shanghaiTime(), Username: bundle.Username, Api };
      const compact = JSON.stringify(query);
      const pretty = JSON.stringify(query, null, '\t');
      const text = Object.values(envelope).join('') + (layout === 'pretty' ? pretty : compact);
      const Signature = PAYLOADS[payload](text, keyFile).toString('base64');
      const elements = JSON.stringify({ ...envelope, Signature }, null, '\t');
      if (layout !== 'compact') return `${elements.slice(0, -2)},\n\t"QueryData" : ${pretty}\n}\n`;
      return `${JSON.stringify(JSON.parse(elements)).slice(0, -1)},"QueryData":${compact}}`;
    },
    /** Sends a body with a Content-Type, or with none. */
    send(body: string, contentType: string | null) {
      const header = contentType === null ? 'Content-Type:' : `Content-Type: ${contentType}`;
      const args = ['--silent', '--show-error', '--cacert', caFile, '--header', header, '--data-binary', '@-'];
      const printed = run('curl', [...args, '--write-out', '\n%{http_code}', bundle.Url], body).toString('utf8');
      const end = printed.lastIndexOf('\n');
      const { Version, Datetime, ReplyData } = JSON.parse(printed.slice(0, end));
      if (Version !== '1.0' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(Datetime)) throw new Error(printed);
      return { status: Number(printed.slice(end + 1)), replyData: ReplyData as Record<string, unknown> };
    },
  };
}

const CONTENT_TYPES = ['application/json', 'application/x-www-form-urlencoded', 'text/plain; charset=GBK', ';', null];
const WAYS = (Object.keys(PAYLOADS) as Payload[]).flatMap((payload) =>
  LAYOUTS.map((layout) => [payload, layout] as const),
);

const site = await testSite();
let demo: Demo;
let cinema: string;

beforeAll(async () => {
  await site.startAll();
  demo = await openDemo(site, join(site.directory, 'demo'));
  cinema = demo.boxOffice.cinema.cinemaCode;
});

describe.each(['national-platform', 'third-party-platform'] as const)('OpenSSL and curl at the %s', (role: Role) => {
  let client: ReturnType<typeof opensslClient>;
  let tickets: Ticket[];

  const ask = (api: string, query: unknown) => client.send(client.body(api, query), 'application/json');

  beforeAll(async () => {
    client = opensslClient(await site.issue(role, 'outside', '--cinemas', cinema), site.directory);
    tickets = sellTickets(demo.boxOffice, WAYS.length);
    await demo.tell();
  });

  test('GetPublicKeys and GetTicketInfo', () => {
    const key = { PublicKey: expect.stringMatching(/^MI[\w+/]+=*$/), StartTime: expect.any(String) };
    expect(ask('GetPublicKeys', { CinemaCode: cinema })).toEqual({ status: 200, replyData: { PublicKeys: [key] } });
    const ticket = tickets[0]!;
    const info = { FilmTicketCode: ticket.filmTicketCode, FilmName: ticket.filmName, RefundStatus: 'No' };
    expect(ask('GetTicketInfo', ticketQuery(ticket))).toMatchObject({ status: 200, replyData: info });
  });

  test('ReportOriginalCheckTickets in each of these ways, twice: every record is kept once', async () => {
    for (const [index, way] of WAYS.entries()) {
      const query = reportQuery(cinema, checkRecord(tickets[index]!));
      const body = client.body('ReportOriginalCheckTickets', query, ...way);
      const accepted = { status: 200, replyData: { ReportResult: true } };
      expect(client.send(body, CONTENT_TYPES[index % CONTENT_TYPES.length]!)).toEqual(accepted);
      expect(client.send(body, 'application/json')).toEqual(accepted);
    }
    const reported = tickets.map(({ filmTicketCode }) => `${filmTicketCode}`).toSorted();
    await eventually(async () => {
      const records = await site.list('national-platform', 'records', 'list', '--cinema', cinema);
      const codes = records.map(({ FilmTicketCode }) => `${FilmTicketCode}`).filter((code) => reported.includes(code));
      expect(codes.toSorted()).toEqual(reported);
    });
    expect(ask('GetTicketInfo', ticketQuery(tickets[0]!)).replyData).toMatchObject({ CheckStatus: 'Yes' });
  });
});

describe('ticket info codes and OpenSSL', () => {
  const field = (text: string, length: number) => text.padEnd(length, '\0');

  test('a printed code opens with the public key from GetPublicKeys', async () => {
    const ticket = sellTicket(demo.boxOffice);
    const bundle = await site.issue('third-party-platform', 'reader');
    const client = opensslClient(bundle, site.directory);
    const { replyData } = client.send(client.body('GetPublicKeys', { CinemaCode: cinema }), null);
    const [key] = replyData.PublicKeys as { PublicKey: string }[];
    expect(ticket.ticketInfoCode).toHaveLength(180);
    expect(ticket.ticketInfoCode.slice(0, 8)).toBe(cinema);
    const block = Buffer.from(ticket.ticketInfoCode.slice(8), 'base64');
    const message = recoverMessage(key!.PublicKey, block, site.directory).toString('latin1');
    expect(message).toHaveLength(107);
    expect(message.slice(0, 79)).toBe(
      ticket.filmTicketCode + ticket.screenCode + ticket.filmCode + ticket.sessionCode + ticket.startTime,
    );
    expect(message.slice(79)).toBe(`${field(ticket.seatCode, 16)}045.00003.00`);
  });

  test.each([
    ['with RSA-1024 and fields filled up with NUL bytes', 1024, '1234567890', '030.00'],
    ['with RSA-2048', 2048, '1234567890123450', '030.00'],
    ['with a price that cannot be read', 1024, '1234567890123451', '10000.'],
  ])('a code made %s is admitted under a key in the form <hex modulus>|010001', async (_, bits, ticketCode, price) => {
    const keyFile = join(site.directory, `ukey-${ticketCode}.pem`);
    openssl(`genrsa -traditional -out ${keyFile} ${bits}`);
    const modulus = `${openssl(`rsa -in ${keyFile} -noout -modulus`)}`.trim().replace('Modulus=', '');
    const { startTime, screenCode, filmCode, sessionCode } = sellTicket(demo.boxOffice);
    const keys = join(site.directory, 'keys.ndjson');
    const key = { CinemaCode: cinema, PublicKey: `${modulus}|010001`, StartTime: '2024-03-01T00:00:00' };
    writeFileSync(keys, JSON.stringify(key));
    const imported = await site.list('national-platform', 'import', 'public-keys', keys);
    expect(imported).toEqual([{ Imported: 1, Unchanged: 0 }]);

    const seat = '00000401_##8_##9';
    const fields = [field(ticketCode, 16), screenCode, filmCode, sessionCode, startTime, seat, price, '003.00'];
    const code = cinema + sealLong(keyFile, Buffer.from(fields.join(''), 'latin1'), bits).toString('base64');
    const scan = await connectScanner(site);
    // The keys are asked for again at most once a second, so the first answer may be to scan again.
    const verdict = await eventually(async () => {
      const answer = await scan(code);
      expect(answer.Verdict).not.toBe('KEYS_PENDING');
      return answer;
    });
    expect(verdict).toMatchObject({ Verdict: 'ADMIT', FilmTicketCode: ticketCode.padEnd(16, '0'), SeatCode: seat });
  });
});

describe.each(['docs/integrate.md', 'docs/zh/integrate.md'])('the lines of %s', (page) => {
  const examples = allIn(read(page), /^```sh\n(.*?)^```$/gms);
  /** An empty folder, with what the page says is there. */
  function folder() {
    const path = join(site.directory, page.replaceAll('/', '-'));
    mkdirSync(path, { recursive: true });
    return path;
  }

  test('sign as the vectors do', () => {
    const cwd = folder();
    symlinkSync(new URL('vectors', root), join(cwd, 'vectors'));
    const [{ sign }] = JSON.parse(read('vectors/signatures.json')).cases;
    const printed = run('sh', ['-ec', `${examples[0]}echo; echo $DIGITS`], '', cwd).toString();
    const digits = printed.trim().split('\n').at(-1) ?? '';
    const block = `0001${'ff'.repeat(221)}00${Buffer.from(digits).toString('hex')}`;
    expect(printed.slice(sign.signature.length).replaceAll(/\s/g, '')).toBe(`${block}${digits}`);
    expect(printed.startsWith(sign.signature)).toBe(true);
    expect(read(page)).toContain(`| \`${digits}\` |`);
  });

  test.each(['national-platform', 'third-party-platform'] as const)('reach a first answer of the %s', async (role) => {
    const cwd = folder();
    const bundle = await site.issue(role, `lines-${page.length}`, '--cinemas', cinema);
    writeFileSync(join(cwd, 'bundle.json'), JSON.stringify(bundle, null, 2));
    const reply = JSON.parse(run('sh', ['-ec', `CINEMA=${cinema}\n${examples[1]}`], '', cwd).toString());
    expect(reply.ReplyData.PublicKeys[0].PublicKey).toMatch(/^MI/);
  });
});
