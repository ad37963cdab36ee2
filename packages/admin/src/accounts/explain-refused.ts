import { diagnose, type Signer } from '@ticket-check/doctor';
import { type Account, type AccountTables, createAccounts, fingerprintOf, lastRefused } from '@ticket-check/exchange';
import { epochOf, wallClockAt } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import type { ExplainedRow } from './account-row.ts';

/** Accounts whose keys and names may have been taken by mistake: those with the next names. */
const MOST_NEIGHBOURS = 25;

/** Explains the last request under the name of an account that was refused for its form, clock or signature within an hour. */
export async function explainRefused(
  store: Store<AccountTables>,
  account: Account,
  now: () => number,
): Promise<ExplainedRow> {
  const { username: Username, revokedAt, expiresAt } = account;
  const isExpired = expiresAt !== null && epochOf(expiresAt) <= now();
  const State = revokedAt !== null ? 'revoked' : isExpired ? 'expired' : 'in-force';
  const refused = await lastRefused(store, Username, now());
  if (refused === null) return { Username, State, ...NOTES.none, Refused: null };
  const { body } = refused;
  const explained = body === null ? null : await diagnosisOf(store, account, body, now);
  const note = body === null ? NOTES.large : explained === null ? NOTES.noKey : NO_NOTE;
  const found = explained ?? { Verifies: null, Payload: null, SignedText: null, Mistakes: [] };
  return { Username, State, ...note, Refused: { At: wallClockAt(refused.at), ErrorCode: refused.code, ...found } };
}

const NO_NOTE = { Note: null, NoteZh: null };
const NOTES = {
  none: {
    Note: 'No request in the name of this account was refused for its form, clock or signature within the last hour. Older ones are deleted; those whose Username cannot be read, such as compressed ones, are kept for no account.',
    NoteZh:
      '最近一小时内没有以该账号名义发来的请求因格式、时钟或签名被拒绝。更早的已删除；读不出 Username 的请求（例如经过压缩的）不会记在任何账号下。',
  },
  large: {
    Note: 'The body had more than 64 KiB and was not kept. Send a smaller request that is made in the same way.',
    NoteZh: '请求体超过 64 KiB，没有保留。请用同样的方式发送一个较小的请求。',
  },
  noKey: {
    Note: 'The account has no RSA key, and only signatures of rsa-md5 are explained.',
    NoteZh: '该账号没有 RSA 公钥，只能解释 rsa-md5 的签名。',
  },
} as const;

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
