import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Envelope,
  isSignedBy,
  ProtocolError,
  SIGNATURE_ALGORITHMS,
  type SignedParts,
} from '@ticket-check/protocol';
import { type Account, isInForce, isUsername } from '../accounts/account.ts';
import type { AccountKey } from '../accounts/account-keyring.ts';
import type { Accounts } from '../accounts/accounts.ts';

/** Keys of an account at most; every refusal costs this many verifications. */
const MAX_KEYS = 2;

/** Upper bound of the random wait before a refusal: a hundred times the cost of making a key. */
const MAX_WAIT_MS = 16;

type SignedRequest = SignedParts & Pick<Envelope, 'signature'>;
type Signed = { account: Account; signature: Buffer };
type Context = { accounts: Pick<Accounts, 'find'>; now: number };

/**
 * The account that signed an envelope, with the bytes of the signature. An unknown, revoked or expired account and a wrong signature are one
 * refusal after the same work, which depends only on the length of the Signature: as many verifications as an account may have keys, with
 * decoy keys. A random wait hides the making of keys (E9). @throws ProtocolError SIGNATURE_INVALID or STORE_UNAVAILABLE
 */
export async function authenticate(request: SignedRequest, context: Context): Promise<Signed> {
  const signed = await signedBy(request, context);
  if (signed !== null) return signed;
  await delay(randomInt(MAX_WAIT_MS));
  throw new ProtocolError(
    'SIGNATURE_INVALID',
    'The username is unknown or the signature does not fit Version + Datetime + Username + Api + QueryData.',
  );
}

async function signedBy(request: SignedRequest, { accounts, now }: Context): Promise<Signed | null> {
  const account = await findAccount(request.username, accounts);
  const usable = account !== null && isInForce(account, now) ? account : null;
  for (const algorithm of SIGNATURE_ALGORITHMS) {
    const signature = algorithm.readSignature(request.signature);
    const decoy = signature === null ? null : algorithm.decoy(signature.length);
    if (signature === null || decoy === null) continue;
    // A variant of the algorithm costs the same.
    const isCandidate = (key: AccountKey) =>
      key.algorithm.module === algorithm.module && key.signatureLength === signature.length;
    const keys = usable?.keys.filter(isCandidate) ?? [];
    for (let attempt = 0; attempt < MAX_KEYS; attempt += 1) {
      const key = keys[attempt];
      const verified = isSignedBy(request, signature, key?.publicKey ?? decoy, key?.algorithm ?? algorithm);
      if (usable !== null && key !== undefined && verified) return { account: usable, signature };
    }
  }
  return null;
}

async function findAccount(username: string, accounts: Pick<Accounts, 'find'>): Promise<Account | null> {
  if (!isUsername(username)) return null;
  return accounts.find(username).catch((cause: unknown) => {
    const refused = new ProtocolError('STORE_UNAVAILABLE', 'Accounts cannot be looked up now; try again.');
    throw Object.assign(refused, { cause });
  });
}
