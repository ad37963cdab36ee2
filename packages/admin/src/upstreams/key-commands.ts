import { createPublicKey } from 'node:crypto';
import {
  acceptedKey,
  createUpstreamStore,
  fingerprintOf,
  fingerprintOfPrivate,
  spkiOf,
  type UpstreamTables,
  writeNewFile,
} from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import { SCHEME_ALGORITHM } from '@ticket-check/protocol';
import type { Command } from 'commander';

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
