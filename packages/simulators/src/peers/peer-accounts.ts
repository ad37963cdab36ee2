import { createPublicKey, type KeyObject } from 'node:crypto';
import { type CinemaCode, ProtocolError, type StoreGeneration } from '@ticket-check/protocol';
import { keyPairOf } from '@ticket-check/runtime/testing';

/** What a caller gets to connect, under the names used in the file. Reading E8. */
export type PeerBundle = {
  Url: string;
  Username: string;
  /** PEM, PKCS#8. */
  PrivateKey: string;
  /** PEM. */
  CaCertificate: string;
  /** The cinemas that the account may act for; `["*"]` for all. */
  CinemaCodes: readonly string[];
};

/** An account, and the store that used it last. */
export type PeerAccount = {
  readonly username: string;
  readonly publicKey: KeyObject;
  readonly cinemaCodes: readonly CinemaCode[] | 'all';
  store: { id: string; heardAt: number } | null;
};

const RELEASED_AFTER_MS = 10 * 60_000;

export async function makeAccount(
  username: string,
  cinemaCodes: readonly CinemaCode[] | 'all',
): Promise<{ account: PeerAccount; privateKeyPem: string }> {
  const { publicKeyPem, privateKeyPem } = await keyPairOf(username);
  return { account: { username, publicKey: createPublicKey(publicKeyPem), cinemaCodes, store: null }, privateKeyPem };
}

/** @throws ProtocolError CINEMA_NOT_ALLOWED */
export function assertCinema({ cinemaCodes }: PeerAccount, cinemaCode: CinemaCode): void {
  if (cinemaCodes === 'all' || cinemaCodes.includes(cinemaCode)) return;
  throw new ProtocolError('CINEMA_NOT_ALLOWED', `This account may not act for cinema ${cinemaCode}.`);
}

/**
 * Holds an account to one store: to the one that it names, or to those that it replaces, or to any once the former one was
 * not used for 10 minutes. Reading X4.
 *
 * @param named null for a caller that has a store and does not name it yet
 * @throws ProtocolError ACCOUNT_IN_USE
 */
export function bindStore(account: PeerAccount, named: StoreGeneration | null, now: number): void {
  const { store } = account;
  const isOurs = store === null || (named !== null && [named.generation, ...named.replaces].includes(store.id));
  if (!isOurs && now - store.heardAt < RELEASED_AFTER_MS) {
    throw new ProtocolError('ACCOUNT_IN_USE', 'This account was used from another store within the last 10 minutes.');
  }
  if (named !== null) account.store = { id: named.generation, heardAt: now };
}
