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
import { withClient } from '@ticket-check/storage/testing/plain-connection';
import { openConnection, postRequest } from './load.ts';
import { type Bundle, openService, type Service } from './service.ts';
import { startTerminal } from './terminal.ts';
import { CINEMA, CINEMA_ROW, codeOf, makeUkey, ticketOf } from './tickets.ts';

/** All calls of a measurement are those of few accounts and come from one address; refusals are counted where they arrive. */
const NATIONAL_SETTINGS = { REQUESTS_PER_MINUTE: '100000000', LOG_LEVEL: 'fatal' };
const THIRD_PARTY_SETTINGS = {
  ...NATIONAL_SETTINGS,
  CLAIMS_PER_MINUTE: '1000000',
  OPEN_CLAIMS_ALARM: '1000000',
  MAX_CONNECTIONS_PER_ADDRESS: '10000',
};
/** What a terminal announces, without the store that it is bound to. */
const HEADERS = { [EXTENSIONS_HEADER]: 'record-id, keys-refreshed, store-generation, claim-ticket' };

const TICKETS_A_SESSION = 200;
const FIRST_SESSION_IN_SECONDS = 30 * 60;
const LONGEST_WAIT_MS = 20_000;
const ASK_AGAIN_MS = 50;

export type Platforms = Awaited<ReturnType<typeof startPlatforms>>;

interface Options {
  directory: string;
  port: number;
  tickets: number;
  accounts: readonly [string, ...string[]];
  /** A PostgreSQL server on which both have a database, emptied before; a SQLite file each where it is missing. */
  server?: string | undefined;
}

/** Starts both platforms as they ship, at `port` and the next one, with a cinema, its Ukey, sold tickets and accounts of terminals. */
export async function startPlatforms({ directory, port, tickets: count, accounts, server }: Options) {
  const withDatabase = async (name: string, settings: Record<string, string>): Promise<Record<string, string>> =>
    server === undefined ? settings : { ...settings, DATABASE_URL: await emptyDatabase(server, name) };
  const ofNational = await withDatabase('bench_national', NATIONAL_SETTINGS);
  const settings = await withDatabase('bench_third_party', THIRD_PARTY_SETTINGS);
  const national = openService('national-platform', { directory, port, settings: ofNational });
  const thirdParty = openService('third-party-platform', { directory, port: port + 1, settings });
  const running: { stop(): Promise<void> }[] = [thirdParty, national];
  const stop = async () => void (await Promise.all(running.map((service) => service.stop())));

  /** Starts one more process of the third-party platform on the same PostgreSQL database. */
  async function another(): Promise<Service> {
    const number = running.length;
    const place = { directory: join(directory, `process-${number}`), port: port + 10 + number };
    mkdirSync(place.directory);
    const service = openService('third-party-platform', { ...place, settings });
    running.push(service);
    await service.start();
    return service;
  }

  const ukey = makeUkey();
  const first = addSeconds(wallClockAt(Date.now()), FIRST_SESSION_IN_SECONDS);
  // Of sessions that begin in half an hour and, one second after the other, later.
  const startOf = (number: number) => addSeconds(first, Math.floor(number / TICKETS_A_SESSION));
  const tickets = Array.from({ length: count }, (_, number) => ticketOf(number, startOf(number)));
  await national.importRows('cinemas', [CINEMA_ROW]);
  await national.importRows('public-keys', [ukey.row]);
  await national.importRows(
    'tickets',
    tickets.map((ticket) => ticketRowJson(ticket)),
  );
  await thirdParty.setUpstream(await national.addAccount('third-party', CINEMA));
  const bundles = new Map<string, Bundle>();
  for (const name of accounts) bundles.set(name, await thirdParty.addAccount(name, CINEMA));
  const keys = new Map([...bundles].map(([name, { PrivateKey }]) => [name, createPrivateKey(PrivateKey)]));

  /** A request of an account as the bytes that go over the wire, signed now. */
  function signed(username: string, api: string, query: unknown): Buffer {
    const privateKey = keys.get(username);
    if (privateKey === undefined) throw new Error(`there is no account ${username}`);
    const datetime = wallClockAt(Date.now());
    return postRequest(writeRequest({ datetime, username, api, query, privateKey, form: 'hex' }), HEADERS);
  }

  /** Resolves when the third-party platform has the keys of the cinema, and its line to the national platform is up. */
  async function ready(): Promise<void> {
    const connection = openConnection(thirdParty.target());
    await connection.opened;
    const [ticket = ticketOf(0, first)] = tickets;
    const until = performance.now() + LONGEST_WAIT_MS;
    async function answers(api: string, query: unknown, expected: string): Promise<void> {
      const { text } = await connection.ask(signed(accounts[0], api, query));
      if (text.includes(expected)) return;
      if (performance.now() > until) throw new Error(`the third-party platform is not ready: ${text.slice(-600)}`);
      await delay(ASK_AGAIN_MS);
      await answers(api, query, expected);
    }
    await answers(APIS.getPublicKeys, { CinemaCode: CINEMA }, ukey.spki);
    await answers(APIS.getTicketInfo, getTicketInfoQueryJson(ticket), ticket.filmTicketCode);
    connection.close();
  }

  /** Starts a terminal under an account, which is warmed up with codes of tickets. */
  async function terminal(account: string, warmUp: readonly string[]) {
    const started = await startTerminal({ directory, port: port + 3 }, bundles.get(account), warmUp);
    running.unshift(started);
    return started;
  }

  await national.start();
  await thirdParty.start();
  await ready();
  const codes = (some: readonly TicketRow[]) => some.map((ticket) => codeOf(ticket, ukey.privateKey));
  const thirdPartyDatabase = settings.DATABASE_URL ?? '';
  return { national, thirdParty, thirdPartyDatabase, ukey, tickets, codes, signed, ready, another, terminal, stop };
}

/** Makes an empty database on a PostgreSQL server, replacing one of this name, and returns its URL. */
async function emptyDatabase(server: string, name: string): Promise<string> {
  await withClient(server, async (client) => {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name}`);
  });
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}
