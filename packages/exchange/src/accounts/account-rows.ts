import { type SignatureAlgorithm, storedCinemas, type WallClock } from '@ticket-check/protocol';
import { createLruCache } from '@ticket-check/runtime';
import type { Account, BoundStore } from './account.ts';
import { type AccountKey, publicKeyOf } from './account-key.ts';
import type { AccountRow } from './migrations.ts';

const MAX_CACHED = 10_000;

/** An account with what its two slots hold, and the store that it is bound to. */
export type JoinedRow = AccountRow & {
  firstKey: string | null;
  firstAlgorithm: string | null;
  firstAddedAt: string | null;
  secondKey: string | null;
  secondAlgorithm: string | null;
  secondAddedAt: string | null;
  storeId: string | null;
  seenAt: number | null;
};

/**
 * Makes a reader of account rows. Making a KeyObject costs nearly as much as using it, so one is cached while the account
 * is the same, whatever store it is bound to.
 */
export function accountReader(algorithms: readonly SignatureAlgorithm[]): (row: JoinedRow) => Account {
  const read = createLruCache<{ row: JoinedRow; account: Account }>(MAX_CACHED);
  return (row) => {
    const before = read.get(row.username);
    const isSame = before !== undefined && isSameAccount(before.row, row);
    if (isSame && isBoundTheSame(before.row, row)) return before.account;
    const account = isSame ? { ...before.account, boundTo: bindingOf(row) } : accountOf(row, algorithms);
    read.set(row.username, { row, account });
    return account;
  };
}

function isBoundTheSame(a: JoinedRow, b: JoinedRow): boolean {
  return a.storeId === b.storeId && a.seenAt === b.seenAt;
}

function bindingOf({ storeId, seenAt }: JoinedRow): BoundStore | null {
  return storeId === null || seenAt === null ? null : { storeId, seenAt };
}

function isSameAccount(a: JoinedRow, b: JoinedRow): boolean {
  return (
    a.firstKey === b.firstKey &&
    a.firstAlgorithm === b.firstAlgorithm &&
    a.secondKey === b.secondKey &&
    a.secondAlgorithm === b.secondAlgorithm &&
    a.revokedAt === b.revokedAt &&
    a.replaces === b.replaces &&
    a.displayName === b.displayName &&
    a.expiresAt === b.expiresAt &&
    a.cinemaCodes === b.cinemaCodes &&
    a.role === b.role
  );
}

function accountOf(row: JoinedRow, algorithms: readonly SignatureAlgorithm[]): Account {
  const keys = [
    keyOf(row.firstKey, row.firstAlgorithm, row.firstAddedAt, algorithms),
    keyOf(row.secondKey, row.secondAlgorithm, row.secondAddedAt, algorithms),
  ].filter((key) => key !== null);
  const cinemaCodes = storedCinemas(row.cinemaCodes);
  return {
    username: row.username,
    role: row.role,
    cinemaCodes: cinemaCodes === 'all' ? 'all' : new Set(cinemaCodes),
    keys: keys.sort((a, b) => (a.addedAt < b.addedAt ? 1 : -1)),
    createdAt: row.createdAt as WallClock,
    expiresAt: row.expiresAt as WallClock | null,
    revokedAt: row.revokedAt as WallClock | null,
    replaces: row.replaces,
    displayName: row.displayName,
    boundTo: bindingOf(row),
  };
}

/** Null also for a key whose algorithm only a newer version knows: nothing can be verified with it. */
function keyOf(
  spki: string | null,
  name: string | null,
  addedAt: string | null,
  algorithms: readonly SignatureAlgorithm[],
): AccountKey | null {
  const algorithm = algorithms.find((one) => one.name === name);
  if (spki === null || algorithm === undefined) return null;
  const publicKey = publicKeyOf(spki);
  const signatureLength = algorithm.signatureLength(publicKey);
  return { publicKey, algorithm, signatureLength, spki, addedAt: addedAt as WallClock };
}
