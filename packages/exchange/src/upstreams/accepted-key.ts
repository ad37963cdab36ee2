import { createPrivateKey, createPublicKey } from 'node:crypto';
import { ExpectedError } from '@ticket-check/runtime';
import { fingerprintOf, spkiOf } from '../accounts/account-keyring.ts';
import { createTransport } from '../client/transport.ts';
import { askForKeys } from './check-upstream.ts';
import type { UpstreamStore } from './store.ts';

const SIGNATURE_REFUSED: readonly string[] = ['SIGNATURE_INVALID', 'UNAUTHORIZED'];

/**
 * Returns the pending key if the platform above accepts it: if its answer shows that the signature was verified. Reading E8.
 *
 * @throws ExpectedError if there is no pending key, or the platform above does not accept it or does not answer; nothing is
 * changed then.
 */
export async function acceptedKey(upstreams: UpstreamStore): Promise<string> {
  const [settings, pending] = [await upstreams.current(), await upstreams.pendingKey()];
  if (settings === null) throw new ExpectedError('No upstream is set yet: see upstream set.');
  if (pending === null) throw new ExpectedError('No key is pending: make one first (upstream new-key).');
  const transport = createTransport(settings.url, settings.caPem);
  try {
    const withPending = { ...settings, privateKeyPem: pending };
    const { isVerified, code, says } = await askForKeys(transport, withPending, settings.payloadForm, Date.now);
    if (isVerified) return pending;
    if (SIGNATURE_REFUSED.includes(code)) {
      throw new ExpectedError(
        'The platform above does not accept the pending key yet: give it the public half (upstream new-key), have it added there (account add-key), and try again. Nothing was changed.',
      );
    }
    throw new ExpectedError(
      `The platform above did not say whether it accepts the pending key (${says}). Nothing was changed: try again. If it never does, ask its operator; once the key is added there, upstream set without a private key uses it without asking.`,
    );
  } finally {
    await transport.close();
  }
}

/** As the platform above lists it (account keys). */
export function fingerprintOfPrivate(pem: string): string {
  return fingerprintOf(spkiOf(createPublicKey(createPrivateKey(pem))));
}
