import { makeReadableSecret, type Passwords } from './passwords.ts';

/** A password that somebody is issued, and its hash. */
export type IssuedPassword = { readonly password: string; readonly passwordHash: string };

/** A password of 100 random bits. */
export const makeOneTimePassword = (): string => makeReadableSecret(4);

/** Makes a one-time password. */
export async function issuePassword(passwords: Passwords): Promise<IssuedPassword> {
  const password = makeOneTimePassword();
  return { password, passwordHash: await passwords.hash(password) };
}
