import { createPrivateKey } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AccountRole, CA_FILE, createAccounts } from '@ticket-check/exchange';
import { issueAccount, placeCertificate, postRaw } from '@ticket-check/exchange/testing';
import { type CinemaCode, wallClockAt, writeRequest } from '@ticket-check/protocol';
import { needsTag } from '@ticket-check/runtime/testing';
import { migrateFreshService } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { type NationalPlatformOptions, startNationalPlatform } from '../app.ts';
import { readNationalSettings } from '../config.ts';
import { nationalMigrations, openDatabase } from '../database.ts';
import { importRows } from '../intake/import-rows.ts';
import type { RowKind } from '../intake/kinds.ts';
import { NOW } from './test-cinema.ts';

export type Caller = ReturnType<typeof callerOf>;
export type TestPlatform = Awaited<ReturnType<typeof startTestPlatform>>;

/** Starts a national platform on a free port, with a data directory of its own. */
export async function startTestPlatform(databaseUrl = '', options: Partial<NationalPlatformOptions> = {}) {
  needsTag('service');
  const directory = await mkdtemp(join(tmpdir(), 'national-platform-'));
  await placeCertificate(directory);
  const env: Record<string, string> = {
    DATA_DIR: directory,
    PORT: '0',
    LOG_LEVEL: 'silent',
    DATABASE_URL: databaseUrl,
  };
  await migrateFreshService(() => readNationalSettings(env), nationalMigrations);
  const now = { value: NOW };
  const clock = () => now.value;
  const logged: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => logged.push(line) });
  const service = await startNationalPlatform({ env, clock, logger, ...options });
  const ca = await readFile(join(directory, CA_FILE), 'utf8');
  const store = await openDatabase(readNationalSettings(env));
  const accounts = createAccounts(store, clock);

  return {
    url: service.url,
    consoleUrl: service.consoleUrl,
    ca,
    env,
    /** A second connection to the platform's database, as a command has one. */
    store,
    now,
    /** Imports rows of a kind, as a command does. */
    take: <Row>(kind: Pick<RowKind<Row>, 'name' | 'write'>, rows: readonly Row[]) =>
      importRows(kind, { store, now: clock }, rows),
    /** Every line that the service logged. */
    logged,
    get: (path: string) => postRaw(`${service.url}${path}`, '', { ca, method: 'GET' }),
    post: (body: string | Buffer, headers: Record<string, string> = {}) => postRaw(service.url, body, { ca, headers }),
    async issue(username: string, account: { role?: AccountRole; cinemaCodes?: CinemaCode[] | 'all' } = {}) {
      const { role = 'platform', cinemaCodes = 'all' } = account;
      const { privateKeyPem } = await issueAccount(accounts, { username, role, cinemaCodes });
      return callerOf({ url: service.url, ca, username, privateKeyPem, clock });
    },
    async close(): Promise<void> {
      await service.close();
      await store.close();
      await rm(directory, { recursive: true, force: true });
      await rm(`${directory}.key`, { force: true });
    },
  };
}

/** Calls a platform with an account's key. */
export function callerOf(parts: {
  url: string;
  ca: string;
  username: string;
  privateKeyPem: string;
  clock: () => number;
}) {
  const { url, ca, username, privateKeyPem, clock } = parts;
  const privateKey = createPrivateKey(privateKeyPem);
  const body = (api: string, query: unknown) =>
    writeRequest({ datetime: wallClockAt(clock()), username, api, query, privateKey, form: 'hex' });
  const ask = (api: string, query: unknown, headers: Record<string, string> = {}) =>
    postRaw(url, body(api, query), { ca, headers });
  return {
    username,
    privateKey,
    /** A signed request's body. */
    body,
    /** Signs a question, sends it over a connection of its own and answers the raw reply. */
    ask,
    /** The same, answering ReplyData. */
    data: async (api: string, query: unknown, headers?: Record<string, string>) =>
      (await ask(api, query, headers)).json().ReplyData,
  };
}

// What tests of several services put into this one's store.

export { cinemaKind } from '../intake/kinds.ts';
