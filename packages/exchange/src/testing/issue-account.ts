import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import type { Accounts, NewAccount } from '../accounts/accounts.ts';

const generate = promisify(generateKeyPair);
const made = new Map<string, Promise<KeyPairPem>>();

/** Both halves of a key pair, PEM. */
export type KeyPairPem = { publicKeyPem: string; privateKeyPem: string };

/** The key pair that everybody of this name has in the tests of one file: making one takes longer than most tests. */
export function keyPairOf(username: string): Promise<KeyPairPem> {
  const pair = made.get(username) ?? makeKeyPair();
  made.set(username, pair);
  return pair;
}

async function makeKeyPair(): Promise<KeyPairPem> {
  const { publicKey, privateKey } = await generate('rsa', { modulusLength: 2048 });
  return {
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
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
