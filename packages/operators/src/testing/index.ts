import { hash } from '@node-rs/argon2';

/** The hash of a test's password, which is verified in no time: `passwords.test.ts` holds what one of an operator costs. */
export const hashCheaply = (password: string): Promise<string> =>
  hash(Buffer.from(password.normalize('NFKC')), { memoryCost: 8, timeCost: 1, parallelism: 1 });
