import { type Accounts, fingerprintOf } from '@ticket-check/exchange';

/** Changes an account, and answers how it stood before and stands after, as it is written down. */
export async function changeAccount(
  accounts: Pick<Accounts, 'find'>,
  username: string,
  change: () => Promise<unknown>,
): Promise<{ before: object | null; after: object | null }> {
  const standing = async () => {
    const account = await accounts.find(username);
    if (account === null) return null;
    const { displayName, revokedAt, replaces, boundTo, keys } = account;
    return {
      displayName,
      revokedAt,
      replaces,
      boundTo: boundTo?.storeId ?? null,
      keys: keys.map(({ spki }) => fingerprintOf(spki)),
    };
  };
  const before = await standing();
  await change();
  return { before, after: await standing() };
}
