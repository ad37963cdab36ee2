import { createPrivateKey } from 'node:crypto';
import {
  type AccountTables,
  accountMigrations,
  createAccounts,
  createUpstream,
  signedApi,
  type Upstream,
} from '@ticket-check/exchange';
import { issueAccount, startSignedServer } from '@ticket-check/exchange/testing';
import { APIS, type CinemaKey, getPublicKeysQuery, publicKeysReplyJson } from '@ticket-check/protocol';
import { openStore } from '@ticket-check/storage';
import { onTestFinished } from 'vitest';

export type KeySource = {
  upstream: Upstream;
  /** Cinemas in the order in which their keys were asked for. */
  asked: string[];
  /** What is answered for a cinema from now on, as ReplyData. */
  answer(cinemaCode: string, replyData: unknown): void;
  answerKeys(cinemaCode: string, keys: readonly CinemaKey[]): void;
  /** Answers are held back until the returned function is called. */
  hold(): () => void;
  /** Resolves when this many questions have been received. */
  askedTimes(count: number): Promise<void>;
  stop(): Promise<void>;
};

/** A platform that serves GetPublicKeys over real TLS to an account of its own, and a client of it. */
export async function startKeySource(url: string, encryptionKey: string): Promise<KeySource> {
  const store = await openStore<AccountTables>({ url, encryptionKey, migrations: accountMigrations });
  const accounts = createAccounts(store, Date.now);
  const { privateKeyPem } = await issueAccount(accounts, { username: 'caller', role: 'platform', cinemaCodes: 'all' });
  const replies = new Map<string, unknown>();
  const asked: string[] = [];
  let held: Promise<void> = Promise.resolve();
  let watchers: { count: number; resolve: () => void }[] = [];

  const server = await startSignedServer({
    apis: [
      signedApi({
        name: APIS.getPublicKeys,
        role: 'platform',
        query: getPublicKeysQuery,
        cinemasOf: () => [],
        async handle({ cinemaCode }) {
          asked.push(cinemaCode);
          for (const { count, resolve } of watchers) if (asked.length >= count) resolve();
          await held;
          return replies.get(cinemaCode) ?? { PublicKeys: [] };
        },
      }),
    ],
    accounts,
    now: Date.now,
    extensions: [],
    life: store.life,
  });
  const upstream = createUpstream({
    url: server.url,
    username: 'caller',
    privateKey: createPrivateKey(privateKeyPem),
    ca: server.ca,
    extensions: [],
    now: Date.now,
  });
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await server.close();
  };
  onTestFinished(async () => {
    await upstream.close();
    await stop();
    await store.close();
  });

  return {
    upstream,
    asked,
    stop,
    answer: (cinemaCode, replyData) => replies.set(cinemaCode, replyData),
    answerKeys: (cinemaCode, keys) => replies.set(cinemaCode, publicKeysReplyJson(keys)),
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    askedTimes(count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (asked.length >= count) resolve();
      watchers = [...watchers, { count, resolve }];
      return promise;
    },
  };
}
