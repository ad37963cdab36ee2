import { createPrivateKey, type KeyObject } from 'node:crypto';
import {
  type CinemaCode,
  parseCinemaCode,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  wallClockAt,
  writeRequest,
} from '@ticket-check/protocol';
import { keyPairOf } from '@ticket-check/runtime/testing';
import type { TestEngine } from '@ticket-check/storage/testing';
import { type Accounts, createAccounts, type NewAccount } from '../accounts/accounts.ts';
import { type AccountTables, accountMigrations } from '../accounts/migrations.ts';
import { algorithmNamed } from '../algorithms.ts';
import type { Bundle } from '../bundle.ts';
import { createUpstream, type Upstream, type UpstreamOptions } from '../client/upstream.ts';

/** Noon of an ordinary day, epoch milliseconds. */
export const NOON = Date.parse('2026-11-24T12:00:00+08:00');

export const CINEMA: CinemaCode = parseCinemaCode('11062601');
export const OTHER_CINEMA: CinemaCode = parseCinemaCode('31011201');

export type TestCaller = {
  username: string;
  privateKey: KeyObject;
  /** The body of a signed request. */
  request(api: string, query: unknown, at?: number): string;
};

/** A store of accounts, in a database of its own or in that of other processes, and the accounts in it. */
export async function openAccounts({ open }: Pick<TestEngine, 'open'>, now: () => number = () => NOON, url?: string) {
  const store = await open<AccountTables>(accountMigrations, url);
  return { store, accounts: createAccounts(store, now) };
}

/** Issues an account and speaks for it. */
export async function issueCaller(
  accounts: Accounts,
  account: Partial<NewAccount> & { username: string },
): Promise<TestCaller> {
  const { privateKeyPem } = await issueAccount(accounts, { role: 'platform', cinemaCodes: [CINEMA], ...account });
  return callerOf(account.username, createPrivateKey(privateKeyPem));
}

export function callerOf(username: string, privateKey: KeyObject): TestCaller {
  return {
    username,
    privateKey,
    request: (api, query, at = NOON) =>
      writeRequest({ datetime: wallClockAt(at), username, api, query, privateKey, form: 'hex' }),
  };
}

/** Issues an account to a caller that has the key pair of its name. */
export async function issueAccount(
  accounts: Pick<Accounts, 'addWithKey'>,
  account: NewAccount,
): Promise<{ privateKeyPem: string }> {
  const { publicKeyPem, privateKeyPem } = await keyPairOf(account.username);
  await accounts.addWithKey(account, publicKeyPem);
  return { privateKeyPem };
}

/** A client of the platform that issued this bundle; it speaks no extension by default. */
export function connectTo(
  { Url, Username, PrivateKey, CaCertificate, Algorithm }: Bundle,
  options: Partial<Pick<UpstreamOptions, 'extensions' | 'now' | 'store' | 'url'>> = {},
): Upstream {
  if (PrivateKey === null) throw new Error('this bundle came without a private key');
  const algorithm = algorithmNamed(Algorithm, 'The bundle');
  const privateKey = algorithm.readPrivateKey(PrivateKey);
  const account = { url: Url, username: Username, algorithm, privateKey, ca: CaCertificate };
  return createUpstream({ ...account, extensions: [], now: Date.now, ...options });
}

/** Makes these the known algorithms; returns what puts the former ones back. */
export function useAlgorithms(...algorithms: readonly SignatureAlgorithm[]): () => void {
  const known = SIGNATURE_ALGORITHMS as SignatureAlgorithm[];
  const before = known.splice(0, known.length, ...algorithms);
  return () => void known.splice(0, known.length, ...before);
}
