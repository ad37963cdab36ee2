import { createPublicKey, randomBytes } from 'node:crypto';
import { type Envelope, ProtocolError, signatureBlock, verifyPayload } from '@ticket-check/protocol';
import { type Account, isInForce, isUsername } from '../accounts/account.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { RecoveryThread } from './recovery-thread.ts';

/** Nobody has the private half of this key; what is verified against it costs what a real one costs. */
const NOBODYS_KEY = createPublicKey({
  key: { kty: 'RSA', n: randomModulus().toString('base64url'), e: 'AQAB' },
  format: 'jwk',
});

function randomModulus(): Buffer {
  const modulus = randomBytes(256);
  // With a high first byte nearly every signature is smaller than the modulus, so the public operation is carried out.
  modulus.writeUInt8(0xff, 0);
  modulus.writeUInt8(modulus.readUInt8(255) | 1, 255);
  return modulus;
}

/**
 * The account that signed an envelope. An unknown, revoked or expired one and a wrong signature are one and the same
 * refusal, after the same work. Reading E9.
 *
 * @throws ProtocolError SIGNATURE_INVALID, or STORE_UNAVAILABLE where the account cannot be looked up.
 */
export async function authenticate(
  envelope: Envelope,
  { accounts, recovery, now }: { accounts: Accounts; recovery: RecoveryThread; now: number },
): Promise<Account> {
  const account = await findAccount(envelope.username, accounts);
  const usable = account !== null && isInForce(account, now) ? account : null;
  const block = signatureBlock(envelope.signature);
  const payload = block === null ? null : await recovery.recover(block, usable?.publicKey ?? NOBODYS_KEY);
  const verified = verifyPayload(envelope, payload);
  if (usable !== null && verified) return usable;
  throw new ProtocolError(
    'SIGNATURE_INVALID',
    'The username is unknown or the signature does not fit Version + Datetime + Username + Api + QueryData.',
  );
}

async function findAccount(username: string, accounts: Accounts): Promise<Account | null> {
  if (!isUsername(username)) return null;
  try {
    return await accounts.find(username);
  } catch (cause) {
    const refusal = new ProtocolError('STORE_UNAVAILABLE', 'Accounts cannot be looked up now; try again.');
    refusal.cause = cause;
    throw refusal;
  }
}
