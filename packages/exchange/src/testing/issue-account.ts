import { keyPairOf } from '@ticket-check/runtime/testing';
import type { Accounts, NewAccount } from '../accounts/accounts.ts';

/** Issues an account to a caller that has the key pair of its name. */
export async function issueAccount(
  accounts: Pick<Accounts, 'addWithKey'>,
  account: NewAccount,
): Promise<{ privateKeyPem: string }> {
  const { publicKeyPem, privateKeyPem } = await keyPairOf(account.username);
  await accounts.addWithKey(account, publicKeyPem);
  return { privateKeyPem };
}
