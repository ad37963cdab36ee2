import { generateKeyPairSync } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  APIS,
  addSeconds,
  type CinemaCode,
  decodeTicketCode,
  decryptionOrder,
  ProtocolError,
  parsePrice,
  parseRow,
  priceJson,
  readPublicKeysReply,
  readTicketInfoReply,
  type TicketCodeFields,
  ticketRow,
} from '@ticket-check/protocol';
import type { Hooks, KitBundle } from '../bundle.ts';
import { makeCinema, makeUkeys, now, recordOf } from '../cinema.ts';
import type { Tape } from '../frame/tape.ts';
import { type KeptRecord, openStub, type Stub } from '../stub/stub.ts';
import type { Shown } from '../terminal/scanner.ts';
import { makeCertificate } from '../wire/certificate.ts';
import { bodyOf, type Caller, partsOf, type Reply, send } from '../wire/send.ts';

// The three roles as somebody writes them in a day: right by themselves, each wrong in one way where a test says so.

export type WrongNational =
  | 'accepts any signature'
  | 'answers before it is durable'
  | 'ignores duplicates'
  | 'wrong clock window';
export type WrongThirdParty =
  | 'signs printed again'
  | 'drops what is refused'
  | 'reverses the order'
  | 'asks for keys every minute';
export type WrongTerminal = 'admits unknown statuses' | 'admits twice' | 'sends again for ever';

const CINEMA = '99990001';
const tls = await makeCertificate('127.0.0.1');
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

const freeUrl = (): Promise<string> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(`https://127.0.0.1:${port}`));
    });
  });

type Account = { stub: Stub; caller: Caller; bundle: KitBundle };

/** A platform with one account. A strict one refuses what a platform refuses, codes that contradict their record among it. */
export async function openPlatformWithAccount(
  tape: Tape,
  strict: boolean,
  cinema = makeCinema(CINEMA, makeUkeys()),
): Promise<Account> {
  const [url, username] = [await freeUrl(), 'peer'];
  const stub = await openStub({ url, tls, tape, strict, cinema, accounts: [{ username, key: pair }] });
  return {
    stub,
    caller: { url, username, key: pair, ca: tls.ca },
    bundle: {
      ...{ Url: url, Username: username, CaCertificate: tls.ca, CinemaCodes: [CINEMA] },
      PrivateKey: pair.export({ type: 'pkcs8', format: 'pem' }).toString(),
    },
  };
}

type KeyRow = { PublicKey: string; StartTime: string };

/** Opens a code with the newest key that fits; null for one that is not genuine. */
function openCode(code: string, keys: readonly KeyRow[]): TicketCodeFields | null {
  const tried = decryptionOrder(readPublicKeysReply({ PublicKeys: keys }).keys, now());
  try {
    return decodeTicketCode(code, tried, { diagnose: false }).fields;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** A report is refused whose record names another ticket than its code. */
function comparesCodes(
  stub: Stub,
  keysOf: () => readonly KeyRow[],
  onKept: (records: readonly KeptRecord[]) => void = () => {},
) {
  stub.replace(APIS.reportOriginalCheckTickets, (query, usual) => {
    const records = query.CheckTickets as (KeptRecord & { TicketInfoCode: string })[];
    const contradicts = (record: (typeof records)[number]) =>
      openCode(record.TicketInfoCode, keysOf())?.filmTicketCode !== record.FilmTicketCode;
    const answer = usual();
    if (records.some(contradicts)) {
      stub.kept.splice(0, stub.kept.length, ...stub.kept.filter((kept) => !records.includes(kept as never)));
      return { data: { ReportResult: false } };
    }
    onKept(records);
    return answer;
  });
}

/** A national platform. What it keeps is on its disk at once; `restart` loses the rest. */
export async function startPlainNational(tape: Tape, wrong?: WrongNational) {
  const { stub, bundle } = await openPlatformWithAccount(tape, true);
  const keys: KeyRow[] = [];
  stub.publicKeys = keys;
  const disk: KeptRecord[] = [];
  const flush = (records: readonly KeptRecord[]) => disk.push(...records);
  comparesCodes(
    stub,
    () => keys,
    (records) => {
      if (wrong === 'answers before it is durable') setTimeout(flush, 5000, records).unref();
      else flush(records);
    },
  );
  if (wrong === 'accepts any signature') stub.overlooks.add('signature');
  if (wrong === 'ignores duplicates') stub.keep = (records) => void stub.kept.push(...records);
  if (wrong === 'wrong clock window') stub.windowMs = 60_000;
  const hooks: Hooks = {
    async importRows(kind, rows) {
      if (kind === 'public-keys') keys.push(...(rows as KeyRow[]));
      for (const row of JSON.parse(JSON.stringify(rows))) {
        if (kind === 'tickets') stub.sell({ code: '', info: parseRow(ticketRow, row) });
        if (kind === 'refunds') {
          const sold = [...stub.tickets.values()].find(({ info }) => info.filmTicketCode === row.FilmTicketCode);
          if (sold !== undefined) stub.sell(sold, { refundStatus: 'Yes' });
        }
      }
    },
    records: async () => stub.kept,
    async restart() {
      stub.kept.length = 0;
      stub.keep(disk);
    },
  };
  return { bundle, hooks, close: () => stub.close() };
}

/** Asks a platform above, as a caller of the scheme. */
function createUpstream(caller: Caller, wrong?: WrongThirdParty | WrongTerminal) {
  const silent = { note: () => {}, begin: () => {}, shown: () => null } satisfies Tape;
  const queue: Record<string, unknown>[] = [];
  let keys: KeyRow[] = [];
  let isOpen = true;

  function ask(api: string, query: unknown): Promise<Reply> {
    const text = JSON.stringify(query);
    const parts = partsOf(caller, api, wrong === 'signs printed again' ? JSON.stringify(JSON.parse(text)) : text);
    return send(caller, bodyOf({ ...parts, queryText: text }), { tape: silent, timeoutMs: 5000 });
  }

  async function report(batch: readonly Record<string, unknown>[]): Promise<'true' | 'false' | 'none'> {
    const query = { CinemaCode: CINEMA, CheckTickets: batch };
    const reply = await ask(APIS.reportOriginalCheckTickets, query).catch(() => null);
    if (reply?.data?.ReportResult === undefined) return 'none';
    return reply.data.ReportResult === true ? 'true' : 'false';
  }
  const remove = (batch: readonly Record<string, unknown>[]) => {
    if (wrong === 'sends again for ever') return;
    for (const record of batch) queue.splice(queue.indexOf(record), 1);
  };

  async function forward(): Promise<void> {
    const batch = queue.slice(0, 1000);
    if (wrong === 'reverses the order') batch.reverse();
    if (batch.length === 0) return;
    const said = await report(batch);
    if (said === 'true') return remove(batch);
    if (said === 'none') return;
    for (const record of batch) {
      const alone = await report([record]);
      if (alone === 'true' || (alone === 'false' && wrong === 'drops what is refused')) remove([record]);
    }
  }

  async function run(): Promise<void> {
    while (isOpen) {
      await delay(200);
      await forward();
    }
  }
  void run();

  async function fetchKeys(): Promise<void> {
    const reply = await ask(APIS.getPublicKeys, { CinemaCode: CINEMA }).catch(() => null);
    const rows = reply?.data?.PublicKeys;
    if (!Array.isArray(rows)) return;
    const unusable = new Set(readPublicKeysReply({ PublicKeys: rows }).unusable.map(({ index }) => index));
    if (unusable.size < rows.length) keys = rows.filter((_, index) => !unusable.has(index));
  }
  const everyMinute = wrong === 'asks for keys every minute' ? setInterval(fetchKeys, 100) : undefined;

  return {
    ask,
    fetchKeys,
    keys: () => keys,
    /** Queues a record for the platform above. */
    add(record: Record<string, unknown>): void {
      const twoDecimals = (value: unknown) => priceJson(parsePrice(value), 'two-decimals');
      queue.push({ ...record, Price: twoDecimals(record.Price), Service: twoDecimals(record.Service) });
    },
    close() {
      isOpen = false;
      clearInterval(everyMinute);
    },
  };
}

/** A third-party platform below the platform of an account. */
export async function startPlainThirdParty(tape: Tape, above: Account, wrong?: WrongThirdParty) {
  const upstream = createUpstream(above.caller, wrong);
  await upstream.fetchKeys();
  const { stub, bundle } = await openPlatformWithAccount(tape, true, above.stub.cinema);
  stub.replace(APIS.getPublicKeys, async (query, usual) => {
    if (query.CinemaCode !== CINEMA) return usual();
    await upstream.fetchKeys();
    return { data: { PublicKeys: upstream.keys() } };
  });
  stub.replace(APIS.getTicketInfo, async (query) => {
    const reply = await upstream.ask(APIS.getTicketInfo, query);
    const isKept = stub.kept.some(({ FilmTicketCode }) => FilmTicketCode === query.FilmTicketCode);
    return { data: { ...reply.data, ...(isKept && { CheckStatus: 'Yes' }) } };
  });
  const known = new Set<string>();
  comparesCodes(stub, upstream.keys, (records) => {
    for (const record of records) {
      const name = `${record.FilmTicketCode} ${record.CheckTime}`;
      if (!known.has(name)) upstream.add(record);
      known.add(name);
    }
  });
  const hooks: Hooks = { importRows: null, records: async () => stub.kept, restart: async () => {} };
  return {
    ...{ bundle, hooks },
    async close() {
      upstream.close();
      await stub.close();
    },
  };
}

/** A terminal below the platform of an account; `scan` is its scanner. */
export async function startPlainTerminal(above: Account, wrong?: WrongTerminal) {
  const upstream = createUpstream(above.caller, wrong);
  await upstream.fetchKeys();
  const entered = new Set<string>();
  const shown = (Verdict: string): Shown => ({ admitted: Verdict === 'ADMIT', says: { Verdict } });

  async function scan(code: string): Promise<Shown> {
    if (code.slice(0, 8) !== CINEMA) return shown('WRONG_CINEMA');
    if (openCode(code, upstream.keys()) === null) await upstream.fetchKeys();
    const fields = openCode(code, upstream.keys());
    if (fields === null) return shown('NOT_GENUINE');
    if (fields.startTime < addSeconds(now(), -7200)) return shown('EXPIRED');
    if (fields.startTime > addSeconds(now(), 3600)) return shown('TOO_EARLY');
    if (entered.has(fields.filmTicketCode)) return shown('ALREADY_ENTERED');
    if (wrong !== 'admits twice') entered.add(fields.filmTicketCode);
    const verdict = await askAndAdmit(code, fields);
    if (verdict.admitted !== true) entered.delete(fields.filmTicketCode);
    return verdict;
  }

  async function askAndAdmit(code: string, fields: TicketCodeFields): Promise<Shown> {
    const { cinemaCode, filmTicketCode, startTime } = fields;
    const question = { CinemaCode: cinemaCode, FilmTicketCode: filmTicketCode, StartTime: startTime };
    const reply = await upstream.ask(APIS.getTicketInfo, question).catch(() => null);
    const asked = { cinemaCode: cinemaCode as CinemaCode, filmTicketCode: filmTicketCode as never, startTime };
    const info = reply === null || reply.data === null ? null : readTicketInfoReply(reply.data, asked);
    if (info === 'unknown-ticket') return shown('NOT_SOLD');
    if (info?.checkStatus === 'Yes') return shown('ALREADY_ENTERED');
    if (info?.refundStatus === 'Yes') return shown('REFUNDED');
    const isUnknown = info?.refundStatus === 'unknown' || info?.checkStatus === 'unknown';
    if (isUnknown && wrong !== 'admits unknown statuses') return shown('STATE_UNKNOWN');
    const blank = {
      cinemaName: '',
      screenName: '',
      filmName: '',
      ticketType: '网络售票',
      sellTime: null,
      rowNum: 0,
      columnNum: 0,
    };
    const known = info ?? { ...blank, ...fields, price: fields.price ?? 0, service: fields.service ?? 0 };
    upstream.add(JSON.parse(JSON.stringify(recordOf({ code, info: known as never }))));
    return shown('ADMIT');
  }

  return { scan, close: () => upstream.close() };
}
