import { createPrivateKey, createPublicKey } from 'node:crypto';
import { APIS, getPublicKeysQueryJson } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { fingerprintOf, spkiOf } from '../accounts/account-keyring.ts';
import { algorithmNamed } from '../algorithms.ts';
import type { Outcome } from '../client/outcome.ts';
import { createUpstream } from '../client/upstream.ts';
import { NO_CINEMA } from './probe.ts';
import type { UpstreamStore } from './store.ts';

const ASKED_WITHIN_MS = 15_000;

/**
 * Returns the pending key if the platform above accepts it.
 *
 * @throws ExpectedError if there is no pending key, or the platform above does not accept it or does not answer; nothing is
 * changed then.
 */
export async function acceptedKey(upstreams: UpstreamStore): Promise<string> {
  const [settings, pending] = [await upstreams.current(), await upstreams.pendingKey()];
  if (settings === null) throw new ExpectedError('No upstream is set yet: see upstream set.');
  if (pending === null) throw new ExpectedError('No key is pending: make one first (upstream new-key).');
  const algorithm = algorithmNamed(settings.algorithm, 'The upstream');
  const privateKey = algorithm.readPrivateKey(pending);
  const peer = createUpstream({
    ...settings,
    algorithm,
    privateKey,
    ca: settings.caPem,
    extensions: [],
    now: Date.now,
  });
  try {
    const cinemaCode = settings.cinemaCodes === 'all' ? NO_CINEMA : (settings.cinemaCodes[0] ?? NO_CINEMA);
    const outcome = await peer.call(APIS.getPublicKeys, getPublicKeysQueryJson(cinemaCode), {
      read: readAnswer,
      timeoutMs: ASKED_WITHIN_MS,
      idempotent: true,
    });
    assertAccepted(outcome);
    return pending;
  } finally {
    await peer.close();
  }
}

/** As the platform above lists it (account keys). */
export function fingerprintOfPrivate(pem: string): string {
  return fingerprintOf(spkiOf(createPublicKey(createPrivateKey(pem))));
}

type Answer = { hasKeys: boolean; code: string | null; message: string };

/** Codes that are answered only once the signature was verified (docs/protocol.md: the order in which a request is refused). */
export const AFTER_SIGNATURE: readonly string[] = [
  'ACCOUNT_IN_USE',
  'API_NOT_ALLOWED',
  'CINEMA_NOT_ALLOWED',
  'CINEMA_UNKNOWN',
  'KEYS_UNAVAILABLE',
];
const SIGNATURE_REFUSED: readonly string[] = ['SIGNATURE_INVALID', 'UNAUTHORIZED'];

/** Reads ReplyData as far as `assertAccepted` needs it. */
function readAnswer({ PublicKeys, ErrorCode, ErrorMessage }: Record<string, unknown>): Answer {
  return {
    hasKeys: Array.isArray(PublicKeys) && PublicKeys.length > 0,
    code: typeof ErrorCode === 'string' ? ErrorCode : null,
    message: typeof ErrorMessage === 'string' ? ErrorMessage : 'no reason given',
  };
}

/**
 * Only keys and codes that follow the signature show that it was verified. Anything else may have been said before it was
 * looked at: by a platform that has too much to do, by a proxy, or by a foreign platform in words of its own, an empty list
 * among them. Reading E8.
 */
function assertAccepted(outcome: Outcome<Answer>): void {
  const { code, message, hasKeys } = outcome.kind === 'delivered' ? outcome.reply : { ...outcome, hasKeys: false };
  if (hasKeys || (code !== null && AFTER_SIGNATURE.includes(code))) return;
  if (code !== null && SIGNATURE_REFUSED.includes(code)) {
    throw new ExpectedError(
      'The platform above does not accept the pending key yet: give it the public half (upstream new-key), have it added there (account add-key), and try again. Nothing was changed.',
    );
  }
  throw new ExpectedError(
    `The platform above did not say whether it accepts the pending key (${code === null ? 'it sent no keys' : `${code}: ${message}`}). Nothing was changed: try again. If it never does, ask its operator; once the key is added there, upstream set without a private key uses it without asking.`,
  );
}
