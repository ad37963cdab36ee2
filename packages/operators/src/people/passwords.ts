import { randomBytes, randomInt } from 'node:crypto';
import PQueue from 'p-queue';

/** Argon2id with more memory and passes than the least that OWASP recommends (19 MiB, 2 passes). */
const PARAMETERS = { memoryCost: 32 * 1024, timeCost: 3, parallelism: 1 };

/** Each works in a thread of libuv's pool of four, which the file system needs too, and holds 32 MiB. */
const HASH_CONCURRENCY = 2;
/** The last of so many waits some seconds, which is better than to be turned away. */
const MAX_WAITING = 256;

export type Passwords = {
  /** The hash to be kept. Null where too many wait already. */
  hash(password: string): Promise<string> | null;
  /**
   * Whether the password is the one that was hashed. Without a hash it does the same work and answers false, so that time
   * tells nobody whether there is one. Null where too many wait already.
   */
  verify(passwordHash: string | null, password: string): Promise<boolean> | null;
};

/** Hashes and verifies passwords off the event loop, a few at a time in this process. */
export function createPasswords({ maxWaiting = MAX_WAITING }: { maxWaiting?: number } = {}): Passwords {
  const queue = new PQueue({ concurrency: HASH_CONCURRENCY });
  let decoy: Promise<string> | undefined;

  /** One form of letters that keyboards write in several. */
  const bytesOf = (password: string) => Buffer.from(password.normalize('NFKC'));
  const bounded = <T>(work: () => Promise<T>) => (queue.size >= maxWaiting ? null : queue.add(work));

  return {
    hash: (password) => bounded(async () => (await loadArgon2()).hash(bytesOf(password), PARAMETERS)),
    verify: (passwordHash, password) =>
      bounded(async () => {
        const { hash, verify } = await loadArgon2();
        decoy ??= hash(randomBytes(32), PARAMETERS);
        const isRight = await verify(passwordHash ?? (await decoy), bytesOf(password));
        return isRight && passwordHash !== null;
      }),
  };
}

/** A process that hashes nothing starts without the native module. */
const loadArgon2 = () => import('@node-rs/argon2');

/** What is left out looks like something else, read from paper. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

/** A secret of so many groups of five letters and digits, each of 25 random bits. */
export function makeReadableSecret(groups: number): string {
  const group = () => Array.from({ length: 5 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return Array.from({ length: groups }, group).join('-');
}

/** Why a password cannot be chosen. */
export type PasswordFault = 'too-short' | 'too-long' | 'too-simple' | 'holds-username';

const SHORTEST_PASSWORD = 12;
export const LONGEST_PASSWORD = 128;
const LEAST_DIFFERENT = 6;

/** Null where an operator may choose this password. Length counts for more than kinds of characters, as NIST SP 800-63B has it. */
export function faultInPassword(password: string, username: string): PasswordFault | null {
  const letters = [...password.normalize('NFKC')];
  if (letters.length < SHORTEST_PASSWORD) return 'too-short';
  if (letters.length > LONGEST_PASSWORD) return 'too-long';
  if (new Set(letters).size < LEAST_DIFFERENT) return 'too-simple';
  if (username.length >= 3 && password.toLowerCase().includes(username)) return 'holds-username';
  return null;
}
