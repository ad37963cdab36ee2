import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { CommandStore } from '@ticket-check/operators';
import {
  APIS,
  type CinemaCode,
  getPublicKeysQueryJson,
  SCHEME_ALGORITHM,
  type SignatureAlgorithm,
} from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { fingerprintOf, spkiOf } from '../accounts/account-key.ts';
import { algorithmNamed } from '../algorithms.ts';
import { writeNewFile } from '../bundle.ts';
import { createUpstream } from '../client/upstream.ts';
import { judgeKey, readAnswer } from './key-answer.ts';
import type { UpstreamTables } from './migrations.ts';
import { createUpstreamStore, type UpstreamSettings, type UpstreamStore } from './store.ts';

const ASKED_WITHIN_MS = 15_000;
/** An account without cinemas asks about this one, and learns that it does not exist. */
const NO_CINEMA = '00000000' as CinemaCode;

/** Adds `new-key` and `use-key` to the upstream commands: a key of one's own, exchanged without a pause. Reading E8. */
export function keyCommands(upstream: Command, store: CommandStore<UpstreamTables>): void {
  upstream
    .command('new-key')
    .description('make a key pair and write its public half for the platform')
    .requiredOption('--out <file>', 'a new file for the public key, PEM; - for standard output')
    .option(
      '--algorithm <name>',
      `its signature algorithm; that of the platform above or ${SCHEME_ALGORITHM.name} by default`,
    )
    .action(({ out, algorithm }: { out: string; algorithm?: string }) =>
      writeNewFile(out, 0o644, async () => {
        // Made before anything is written: it takes a while, in which others need the store.
        const made = await store.read((opened) => createUpstreamStore(opened).makeKey(algorithm));
        return store.change(
          { name: 'upstream new-key', what: { algorithm }, needs: 'service.manage' },
          (opened) => createUpstreamStore(opened).keepKey(made),
          (publicKey) => ({ fingerprint: fingerprintOf(spkiOf(createPublicKey(publicKey))) }),
        );
      }),
    );

  upstream
    .command('use-key')
    .description('sign with the pending key, if the platform above accepts it')
    .action(async () => {
      const pending = await store.read((opened) => acceptedKey(createUpstreamStore(opened)));
      await store.change(
        { name: 'upstream use-key', what: {}, needs: 'service.manage' },
        async (opened) => {
          const upstreams = createUpstreamStore(opened);
          const before = await upstreams.current();
          await upstreams.useKey(pending);
          return before;
        },
        (before) => ({
          before: before && { fingerprint: fingerprintOfPrivate(before.privateKeyPem) },
          after: { fingerprint: fingerprintOfPrivate(pending) },
        }),
      );
    });
}

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
