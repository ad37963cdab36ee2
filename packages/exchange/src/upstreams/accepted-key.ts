import { createPrivateKey, createPublicKey } from 'node:crypto';
import { APIS, type CinemaCode, getPublicKeysQueryJson, type SignatureAlgorithm } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { fingerprintOf, spkiOf } from '../accounts/account-key.ts';
import { algorithmNamed } from '../algorithms.ts';
import { createUpstream } from '../client/upstream.ts';
import { judgeKey, readAnswer } from './key-answer.ts';
import type { UpstreamSettings, UpstreamStore } from './store.ts';

const ASKED_WITHIN_MS = 15_000;
/** An account without cinemas asks about this one, and learns that it does not exist. */
const NO_CINEMA = '00000000' as CinemaCode;

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
  const algorithm = algorithmNamed(settings.algorithm, upstreams.algorithms, 'The upstream');
  await assertAccepted(settings, algorithm, pending);
  return pending;
}

async function assertAccepted(
  settings: UpstreamSettings,
  algorithm: SignatureAlgorithm,
  privateKeyPem: string,
): Promise<void> {
  const peer = createUpstream({
    ...settings,
    algorithm,
    privateKey: algorithm.readPrivateKey(privateKeyPem),
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
    const judgement = judgeKey(outcome);
    if (judgement.kind === 'accepted') return;
    if (judgement.kind === 'refused') {
      throw new ExpectedError(
        'The platform above does not accept the pending key yet: give it the public half (upstream new-key), have it added there (account add-key), and try again. Nothing was changed.',
      );
    }
    throw new ExpectedError(
      `The platform above did not say whether it accepts the pending key (${judgement.said}). Nothing was changed: try again. If it never does, ask its operator; once the key is added there, upstream set without a private key uses it without asking.`,
    );
  } finally {
    await peer.close();
  }
}

/** As the platform above lists it (account keys). */
export function fingerprintOfPrivate(pem: string): string {
  return fingerprintOf(spkiOf(createPublicKey(createPrivateKey(pem))));
}
