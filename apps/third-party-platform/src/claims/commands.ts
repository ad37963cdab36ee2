import type { CommandStore } from '@ticket-check/operators';
import { type Clock, createLogger } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { type Environment, readThirdPartySettings } from '../config.ts';
import { createClaimStore } from './claim-store.ts';
import type { KnownTables } from './known-entries.ts';
import { openClaimJson } from './open-claim-json.ts';
import { longOpenSince } from './open-claims.ts';
import { releaseCommand } from './release-command.ts';

/** Adds `claims open` and `claims release`. */
export function claimCommands(
  program: Command,
  { env, now, store }: { env: Environment; now: Clock; store: CommandStore<KnownTables> },
): void {
  const claims = program.command('claims').description('work with claims of terminals');

  claims
    .command('open')
    .description('list claims older than an hour without a check record')
    .action(() =>
      store.look({ name: 'claims open', what: {} }, async (opened, print) => {
        for (const claim of await createClaimStore(opened, now).open(longOpenSince(now))) print(openClaimJson(claim));
      }),
    );
  const logger = () => createLogger('third-party-platform', readThirdPartySettings(env).LOG_LEVEL);
  releaseCommand(claims, { now, logger, store });
}
