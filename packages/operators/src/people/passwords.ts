import { createHash, randomBytes, randomInt } from 'node:crypto';
import PQueue from 'p-queue';

/** Argon2id with more memory and passes than the least that OWASP recommends (19 MiB, 2 passes). */
const PARAMETERS = { memoryCost: 32 * 1024, timeCost: 3, parallelism: 1 };

export type Passwords = ReturnType<typeof createPasswords>;

/**
 * Hashes and verifies passwords off the event loop, one after the other: each takes 32 MiB and a thread of libuv's four, which the
 * file system needs too.
 */
export function createPasswords() {
  const queue = new PQueue({ concurrency: 1 });
  let decoy: Promise<string> | undefined;

  /** One form of letters that keyboards write in several. */
  const bytesOf = (password: string) => Buffer.from(password.normalize('NFKC'));

  return {
    hash: (password: string) => queue.add(async () => (await loadArgon2()).hash(bytesOf(password), PARAMETERS)),
    /** Verifies a password. Without a hash it does the same work, so that timing does not reveal whether there is one. */
    verify: (passwordHash: string | null, password: string) =>
      queue.add(async () => {
        const { hash, verify } = await loadArgon2();
        decoy ??= hash(randomBytes(32), PARAMETERS);
        const isRight = await verify(passwordHash ?? (await decoy), bytesOf(password.slice(0, 2 * LONGEST_PASSWORD)));
        return isRight && passwordHash !== null;
      }),
  };
}

/** A process that hashes nothing starts without the native module. */
const loadArgon2 = () => import('@node-rs/argon2');

/** What is left out looks like something else, read from paper. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Makes a secret of `groups` groups of five letters and digits, each of 25 random bits. */
export function makeReadableSecret(groups: number): string {
  const group = () => Array.from({ length: 5 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  return Array.from({ length: groups }, group).join('-');
}

export type PasswordFault = 'too-short' | 'too-long' | 'too-simple' | 'holds-username';

const SHORTEST_PASSWORD = 12;
const LONGEST_PASSWORD = 128;
const LEAST_DIFFERENT = 6;

/** Returns null if an operator may choose this password. Length matters more than kinds of characters (NIST SP 800-63B). */
export function faultInPassword(password: string, username: string): PasswordFault | null {
  const letters = [...password.normalize('NFKC')];
  if (letters.length < SHORTEST_PASSWORD) return 'too-short';
  if (letters.length > LONGEST_PASSWORD) return 'too-long';
  if (new Set(letters).size < LEAST_DIFFERENT) return 'too-simple';
  if (username.length >= 3 && password.toLowerCase().includes(username)) return 'holds-username';
  return null;
}

export type IssuedPassword = { readonly password: string; readonly passwordHash: string };

/** A password of 100 random bits. */
export const makeOneTimePassword = (): string => makeReadableSecret(4);

export async function issuePassword(passwords: Passwords): Promise<IssuedPassword> {
  const password = makeOneTimePassword();
  return { password, passwordHash: await passwords.hash(password) };
}

/** A token of 256 random bits, for a browser to keep. */
export const makeToken = (): string => randomBytes(32).toString('base64url');

/** What the database keeps of a token: it is random, so that a plain hash does not give it away. */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
