import { createHash, randomBytes } from 'node:crypto';
import { type CinemaCode, storedCinemas } from '@ticket-check/protocol';
import { createTables, type Store } from '@ticket-check/storage';
import { sql } from 'kysely';
import { parseUsername, usernameTaken } from '../accounts/account.ts';
import { fingerprintOf, parseAccountKey } from '../accounts/account-keyring.ts';
import { createAccounts } from '../accounts/accounts.ts';
import type { AccountTables } from '../accounts/migrations.ts';
import { algorithmNamed } from '../algorithms.ts';

type EnrolmentRow = {
  /** SHA-256 of the code, in hex: the code itself is nowhere. */
  codeHash: string;
  username: string;
  /** A JSON array of cinema codes, or `all`. */
  cinemaCodes: string;
  createdBy: string;
  /** Of the key pair that the caller makes. */
  algorithm: string;
  /** Epoch milliseconds. */
  expiresAt: number;
  /** The fingerprint of the key with which it was fetched; null before. */
  usedBy: string | null;
};

export type EnrolmentTables = { enrolment: EnrolmentRow };

export const enrolmentMigrations = createTables<EnrolmentTables>(
  sql`create table enrolment (
    code_hash text not null, username text not null, cinema_codes text not null, created_by text not null,
    algorithm text not null, expires_at bigint not null, used_by text, primary key (code_hash)
  )`,
);

/** Long enough to carry it to the door, too short to be found in a drawer. */
const GOOD_FOR_MS = 3_600_000;

/** What was fetched, and by whom it had been made. */
export type Enrolled = {
  readonly username: string;
  readonly cinemaCodes: readonly CinemaCode[] | 'all';
  readonly createdBy: string;
  readonly fingerprint: string;
  /** The same caller asks once more: the answer to it was lost. */
  readonly isRepeat: boolean;
};

/** An account that nobody has fetched yet, and whose code is still good until then, epoch milliseconds. */
export type PendingEnrolment = Pick<Enrolled, 'username' | 'cinemaCodes' | 'createdBy'> & {
  readonly expiresAt: number;
};

/** Accounts that are fetched with a one-time code; the private key is made by the caller and never leaves it. Reading E8. */
export function createEnrolments(store: Store<AccountTables & EnrolmentTables>, now: () => number) {
  const { db } = store;
  const accounts = createAccounts(store, now);
  const find = (code: string) => {
    const good = db.selectFrom('enrolment').selectAll().where('expiresAt', '>', now());
    return good.where('codeHash', '=', hashOf(code)).executeTakeFirst();
  };

  return {
    /** Those that can still be fetched, by username. */
    async pending(): Promise<PendingEnrolment[]> {
      const pending = db.selectFrom('enrolment').where('usedBy', 'is', null).where('expiresAt', '>', now());
      return (await pending.select(PENDING).orderBy('username').execute()).map(pendingOf);
    },

    /** Revokes the code of a username, so that nobody fetches the account; returns what it was for, or null if none is pending. */
    async withdraw(username: string): Promise<PendingEnrolment | null> {
      // A concurrent redemption gets it, or finds it gone.
      const row = await db
        .deleteFrom('enrolment')
        .where('username', '=', username)
        .where('usedBy', 'is', null)
        .where('expiresAt', '>', now())
        .returning(PENDING)
        .executeTakeFirst();
      return row === undefined ? null : pendingOf(row);
    },

    /** Makes a code that is good for an hour in place of earlier ones. @throws AccountFault or ExpectedError for username or algorithm. */
    async create(made: Pick<Enrolled, 'username' | 'cinemaCodes'> & { by: string; algorithm?: string | undefined }) {
      const { username, cinemaCodes, by } = made;
      parseUsername(username);
      const algorithm = algorithmNamed(made.algorithm, 'The enrolment');
      if ((await accounts.find(username)) !== null) throw usernameTaken(username);
      const code = randomBytes(16).toString('base64url');
      const expiresAt = now() + GOOD_FOR_MS;
      await db
        .deleteFrom('enrolment')
        .where((eb) => eb.or([eb('expiresAt', '<=', now()), eb('username', '=', username)]))
        .execute();
      const kept = cinemaCodes === 'all' ? 'all' : JSON.stringify(cinemaCodes);
      const row = { username, cinemaCodes: kept, createdBy: by, algorithm: algorithm.name, expiresAt, usedBy: null };
      await db
        .insertInto('enrolment')
        .values({ codeHash: hashOf(code), ...row })
        .execute();
      return { code, expiresAt };
    },

    /** Whether a code is neither unknown nor out of date; it may have been used. */
    isGood: async (code: string) => (await find(code)) !== undefined,

    /** Issues the account of a code to the holder of `publicKey` (PEM), again to the same one; null for an invalid code. @throws if the key is unusable. */
    async redeem(code: string, publicKey: string): Promise<Enrolled | null> {
      const good = await find(code);
      if (good === undefined) return null;
      const { username, createdBy, algorithm } = good;
      const fingerprint = fingerprintOf(parseAccountKey(publicKey, algorithmNamed(algorithm, 'The enrolment')));
      const cinemaCodes = storedCinemas(good.cinemaCodes);
      const enrolled = { username, cinemaCodes, createdBy, fingerprint };
      if (good.usedBy === fingerprint) return { ...enrolled, isRepeat: true };
      // Of several concurrent calls only one finds it unused.
      const taken = await db
        .updateTable('enrolment')
        .set({ usedBy: fingerprint })
        .where('codeHash', '=', good.codeHash)
        .where('usedBy', 'is', null)
        .returning('codeHash')
        .executeTakeFirst();
      if (taken === undefined) return null;
      await accounts.addWithKey({ username, role: 'platform', cinemaCodes, algorithm }, publicKey);
      return { ...enrolled, isRepeat: false };
    },
  };
}

const PENDING = ['username', 'cinemaCodes', 'createdBy', 'expiresAt'] as const;

function pendingOf({ cinemaCodes, ...row }: Pick<EnrolmentRow, (typeof PENDING)[number]>): PendingEnrolment {
  return { ...row, cinemaCodes: storedCinemas(cinemaCodes) };
}

const hashOf = (code: string): string => createHash('sha256').update(code).digest('hex');
