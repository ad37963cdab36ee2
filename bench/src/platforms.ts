import { createPrivateKey } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  APIS,
  addSeconds,
  EXTENSIONS_HEADER,
  getTicketInfoQueryJson,
  type TicketRow,
  ticketRowJson,
  wallClockAt,
  writeRequest,
} from '@ticket-check/protocol';
import { Client } from 'pg';
import { openConnection, postRequest } from './load.ts';
import { type Bundle, openService, type Service } from './service.ts';
import { CINEMA, CINEMA_ROW, makeUkey, ticketOf } from './tickets.ts';

/** All calls of a measurement are those of few accounts and come from one address; refusals are counted where they arrive. */
const NATIONAL_SETTINGS = { REQUESTS_PER_MINUTE: '100000000', LOG_LEVEL: 'fatal' };
const THIRD_PARTY_SETTINGS = {
  ...NATIONAL_SETTINGS,
  CLAIMS_PER_MINUTE: '1000000',
  OPEN_CLAIMS_ALARM: '1000000',
  MAX_CONNECTIONS_PER_ADDRESS: '10000',
};
/** What a terminal announces, without the store that it is bound to. */
const EXTENSIONS = 'record-id, keys-refreshed, store-generation, claim-ticket';

const TICKETS_A_SESSION = 200;
const FIRST_SESSION_IN_SECONDS = 30 * 60;
const LONGEST_WAIT_MS = 20_000;
const ASK_AGAIN_MS = 50;

export type Platforms<Name extends string> = Awaited<ReturnType<typeof startPlatforms<Name>>>;

/**
 * Starts a national platform at `port` and a third-party platform at the next port, as they ship, with one cinema, its Ukey,
 * sold tickets, and an account at the third-party platform for each of the names. Resolves when that one is ready.
 */
export async function startPlatforms<Name extends string>(options: {
  directory: string;
  port: number;
  tickets: number;
  accounts: readonly [Name, ...Name[]];
  /** A PostgreSQL server on which both have a database, emptied before; a SQLite file each where it is missing. */
  server?: string | undefined;
}) {
  const { directory, port, accounts, server } = options;
  const databaseOf = async (name: string): Promise<Record<string, string>> =>
    server === undefined ? {} : { DATABASE_URL: await emptyDatabase(server, name) };
  const open = (role: 'national-platform' | 'third-party-platform', at: number, settings: Record<string, string>) =>
    openService(role, { directory, port: at, settings });
  const national = open('national-platform', port, {
    ...NATIONAL_SETTINGS,
    ...(await databaseOf('bench_national')),
  });
  const thirdPartySettings: Record<string, string> = {
    ...THIRD_PARTY_SETTINGS,
    ...(await databaseOf('bench_third_party')),
  };
  const thirdParty = open('third-party-platform', port + 1, thirdPartySettings);
  const more: Service[] = [];

  /** Starts one more process of the third-party platform on the same PostgreSQL database. */
  async function another(): Promise<Service> {
    const number = more.length + 2;
    const place = { directory: join(directory, `process-${number}`), port: port + 10 + number };
    mkdirSync(place.directory);
    const service = openService('third-party-platform', { ...place, settings: thirdPartySettings });
    more.push(service);
    await service.start();
    return service;
  }
  const ukey = makeUkey();
  const tickets = sellTickets(options.tickets);

  async function feedNational(): Promise<void> {
    await national.importRows('cinemas', [CINEMA_ROW]);
    await national.importRows('public-keys', [ukey.row]);
    await national.importRows(
      'tickets',
      tickets.map((ticket) => ticketRowJson(ticket)),
    );
  }
  async function introduceThirdParty(): Promise<Map<Name, Bundle>> {
    await thirdParty.command(['upstream', 'set', '-'], JSON.stringify(upstream));
    const issued = new Map<Name, Bundle>();
    for (const name of accounts) issued.set(name, await thirdParty.addAccount(name, CINEMA));
    return issued;
  }
  async function stop(): Promise<void> {
    await Promise.all([thirdParty, national, ...more].map((service) => service.stop()));
  }

  const upstream = await national.addAccount('third-party', CINEMA);
  const [bundles] = await Promise.all([introduceThirdParty(), feedNational()]);
  const signers = new Map([...bundles].map(([name, bundle]) => [name, signerOf(bundle)]));

  /** A request of an account as the bytes that go over the wire, signed now. */
  function signed(name: Name, api: string, query: unknown): Buffer {
    const sign = signers.get(name);
    if (sign === undefined) throw new Error(`there is no account ${name}`);
    return sign(api, query);
  }

  /** Resolves when the third-party platform has the keys of the cinema, and its line to the national platform is up. */
  async function ready(): Promise<void> {
    const connection = openConnection(thirdParty.target());
    await connection.opened;
    const [ticket = ticketOf(0, wallClockAt(Date.now()))] = tickets;
    const until = performance.now() + LONGEST_WAIT_MS;
    async function answers(api: string, query: unknown, expected: string): Promise<void> {
      for (;;) {
        const { text } = await connection.ask(signed(accounts[0], api, query));
        if (text.includes(expected)) return;
        if (performance.now() > until) throw new Error(`the third-party platform is not ready: ${text.slice(-600)}`);
        await delay(ASK_AGAIN_MS);
      }
    }
    try {
      await answers(APIS.getPublicKeys, { CinemaCode: CINEMA }, ukey.spki);
      await answers(APIS.getTicketInfo, getTicketInfoQueryJson(ticket), ticket.filmTicketCode);
    } finally {
      connection.close();
    }
  }

  try {
    await national.start();
    await thirdParty.start();
    await ready();
  } catch (error) {
    await stop();
    throw error;
  }
  const thirdPartyDatabase = thirdPartySettings.DATABASE_URL ?? '';
  return { national, thirdParty, thirdPartyDatabase, ukey, tickets, bundles, signed, ready, another, stop };
}

/** Tickets of sessions that begin in half an hour and, one second after the other, later. */
function sellTickets(count: number): TicketRow[] {
  const first = addSeconds(wallClockAt(Date.now()), FIRST_SESSION_IN_SECONDS);
  return Array.from({ length: count }, (_, number) =>
    ticketOf(number, addSeconds(first, Math.floor(number / TICKETS_A_SESSION))),
  );
}

/** Makes an empty database on a PostgreSQL server, replacing one of this name, and returns its URL. */
async function emptyDatabase(server: string, name: string): Promise<string> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}

/** Signs requests of an account, as the bytes that go over the wire. */
function signerOf({ Username: username, PrivateKey }: Bundle): (api: string, query: unknown) => Buffer {
  const privateKey = createPrivateKey(PrivateKey);
  const headers = { [EXTENSIONS_HEADER]: EXTENSIONS };
  return (api, query) => {
    const datetime = wallClockAt(Date.now());
    return postRequest(writeRequest({ datetime, username, api, query, privateKey, form: 'hex' }), { headers });
  };
}
