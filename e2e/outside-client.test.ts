import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ticket } from '@ticket-check/simulators/box-office';
import { type Demo, openDemo, type Role } from '@ticket-check/simulators/dev-network';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Bundle, shanghaiTime } from './testing/client.ts';
import { run } from './testing/run.ts';
import { eventually } from './testing/site.ts';
import { testSite } from './testing/test-site.ts';
import { checkRecord, reportQuery, sellTickets, ticketQuery } from './testing/tickets.ts';

// A client made of the OpenSSL command line and curl, as an integrator tries a bundle out by hand.

/** What the signature's block holds: the hex digits of the digest, its bytes, or a DER DigestInfo. Reading E3. */
const PAYLOADS = ['hex', 'raw', 'digest-info'] as const;
type Payload = (typeof PAYLOADS)[number];

/** How the request is laid out: compact, pretty-printed, or signed compact and then printed pretty. Reading E2. */
const LAYOUTS = ['compact', 'pretty', 'signed compact, sent pretty'] as const;
type Layout = (typeof LAYOUTS)[number];

/** A client with the bundle of an account; its files lie in `directory`. */
function opensslClient(bundle: Bundle, directory: string) {
  const keyFile = join(directory, `${bundle.Username}.pem`);
  const caFile = join(directory, `${bundle.Username}-ca.pem`);
  writeFileSync(keyFile, bundle.PrivateKey, { mode: 0o600 });
  writeFileSync(caFile, bundle.CaCertificate);

  function signature(text: string, payload: Payload): string {
    const digest = (...form: string[]) => run('openssl', ['dgst', '-md5', ...form], text);
    if (payload === 'digest-info') return digest('-sign', keyFile).toString('base64');
    const message = payload === 'hex' ? digest('-r').subarray(0, 32) : digest('-binary');
    const block = ['pkeyutl', '-sign', '-inkey', keyFile, '-pkeyopt', 'rsa_padding_mode:pkcs1'];
    return run('openssl', block, message).toString('base64');
  }

  return {
    body(
      Api: string,
      query: unknown,
      { payload = 'hex', layout = 'compact' }: { payload?: Payload; layout?: Layout } = {},
    ): string {
      const envelope = { Version: '1.0', Datetime: shanghaiTime(), Username: bundle.Username, Api };
      const compact = JSON.stringify(query);
      const pretty = JSON.stringify(query, null, '\t');
      const text = Object.values(envelope).join('') + (layout === 'pretty' ? pretty : compact);
      const elements = JSON.stringify({ ...envelope, Signature: signature(text, payload) }, null, '\t');
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
const WAYS = PAYLOADS.flatMap((payload) => LAYOUTS.map((layout) => ({ payload, layout })));

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

  beforeAll(async () => {
    client = opensslClient(await site.issue(role, 'outside', '--cinemas', cinema), site.directory);
    tickets = sellTickets(demo.boxOffice, WAYS.length);
    await demo.tell();
  });

  test('ReportOriginalCheckTickets in each of these ways, twice: every record is kept once', async () => {
    for (const [index, way] of WAYS.entries()) {
      const query = reportQuery(cinema, checkRecord(tickets[index]!));
      const body = client.body('ReportOriginalCheckTickets', query, way);
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
    const { replyData } = client.send(client.body('GetTicketInfo', ticketQuery(tickets[0]!)), 'application/json');
    expect(replyData).toMatchObject({ FilmName: tickets[0]!.filmName, RefundStatus: 'No', CheckStatus: 'Yes' });
  });
});

describe.each(['docs/integrate.md', 'docs/zh/integrate.md'])('the lines of %s', (page) => {
  const root = new URL('../', import.meta.url);
  const examples = [...readFileSync(new URL(page, root), 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map(
    ([, lines = '']) => lines,
  );
  /** An empty folder, with what the page says is there. */
  function folder() {
    const path = join(site.directory, page.replaceAll('/', '-'));
    mkdirSync(path, { recursive: true });
    return path;
  }

  test('sign as the vectors do', () => {
    const cwd = folder();
    symlinkSync(new URL('vectors', root), join(cwd, 'vectors'));
    const { cases } = JSON.parse(readFileSync(new URL('vectors/signatures.json', root), 'utf8'));
    const [{ sign }] = cases;
    const printed = run('sh', ['-ec', `${examples[0]}echo; echo $DIGITS`], '', cwd).toString();
    const digits = printed.trim().split('\n').at(-1) ?? '';
    const block = `0001${'ff'.repeat(221)}00${Buffer.from(digits).toString('hex')}`;
    expect(printed.slice(sign.signature.length).replaceAll(/\s/g, '')).toBe(`${block}${digits}`);
    expect(printed.startsWith(sign.signature)).toBe(true);
    expect(readFileSync(new URL(page, root), 'utf8')).toContain(`| \`${digits}\` |`);
  });

  test.each(['national-platform', 'third-party-platform'] as const)('reach a first answer of the %s', async (role) => {
    const cwd = folder();
    const bundle = await site.issue(role, `lines-${page.length}`, '--cinemas', cinema);
    writeFileSync(join(cwd, 'bundle.json'), JSON.stringify(bundle, null, 2));
    const reply = JSON.parse(run('sh', ['-ec', `CINEMA=${cinema}\n${examples[1]}`], '', cwd).toString());
    expect(reply.ReplyData.PublicKeys[0].PublicKey).toMatch(/^MI/);
  });
});
