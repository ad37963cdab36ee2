import { diagnose, type Signer } from '@ticket-check/doctor';
import { type Account, type AccountTables, createAccounts, fingerprintOf, lastRefused } from '@ticket-check/exchange';
import { epochOf, wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { ExplainedRow } from './account-row.ts';

/** Accounts whose keys and names may have been taken by mistake: those with the next names. */
const MOST_NEIGHBOURS = 25;

/** Explains the last request under the name of an account that was refused for its form or signature within an hour. */
export async function explainRefused(
  store: Store<AccountTables>,
  account: Account,
  now: () => number,
): Promise<ExplainedRow> {
  const { username: Username, revokedAt, expiresAt } = account;
  const isExpired = expiresAt !== null && epochOf(expiresAt) <= now();
  const State = revokedAt !== null ? 'revoked' : isExpired ? 'expired' : 'in-force';
  const refused = await lastRefused(store, Username, now());
  if (refused === null) return { Username, State, Refused: null };
  const common = { At: wallClockAt(refused.at), ErrorCode: refused.code };
  const explained = refused.body === null ? null : await diagnosisOf(store, account, refused.body, now);
  return { Username, State, Refused: { ...common, ...(explained ?? UNEXPLAINED) } };
}

const UNEXPLAINED = { Verifies: null, Payload: null, SignedText: null, Mistakes: [] };

async function diagnosisOf(store: Store<AccountTables>, account: Account, body: Buffer, now: () => number) {
  const [latest, ...former] = signersOf(account).map(({ key }) => key);
  if (latest === undefined) return null;
  const neighbours = await neighboursOf(store, account.username, now);
  const others = neighbours.flatMap(signersOf);
  const usernames = neighbours.map(({ username }) => username);
  return diagnose(body, [latest, ...former], { otherKeys: others, usernames });
}

const signersOf = ({ username, keys }: Account): Signer[] =>
  keys
    .filter(({ publicKey }) => publicKey.asymmetricKeyType === 'rsa')
    .map(({ publicKey, spki }) => ({ name: `${username} ${fingerprintOf(spki).slice(0, 16)}`, key: publicKey }));

async function neighboursOf(store: Store<AccountTables>, username: string, now: () => number): Promise<Account[]> {
  const names = store.reports.selectFrom('account').select('username').limit(MOST_NEIGHBOURS);
  const [after, before] = await Promise.all([
    names.where('username', '>', username).orderBy('username').execute(),
    names.where('username', '<', username).orderBy('username', 'desc').execute(),
  ]);
  const accounts = createAccounts(store, now);
  const found = await Promise.all([...after, ...before].map((one) => accounts.find(one.username)));
  return found.filter((account) => account !== null);
}
