import { makeReadableSecret, type Passwords } from './passwords.ts';

/** A password that somebody is issued, and its hash. */
export type IssuedPassword = { readonly password: string; readonly passwordHash: string };

/** A password of 100 random bits. */
export const makeOneTimePassword = (): string => makeReadableSecret(4);

/** Makes a one-time password; null where too many passwords wait to be hashed already. */
export async function issuePassword(passwords: Passwords): Promise<IssuedPassword | null> {
  const password = makeOneTimePassword();
  const passwordHash = await passwords.hash(password);
  return passwordHash === null ? null : { password, passwordHash };
}
