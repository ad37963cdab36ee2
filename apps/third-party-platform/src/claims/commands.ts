import type { CommandStore } from '@ticket-check/operators';
import type { Clock } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import type { ClaimStore } from './claim-store.ts';
import { openClaimJson } from './open-claim-json.ts';
import { longOpenSince } from './open-claims.ts';

/** Adds `claims open`, and returns the command for more. */
export function claimCommands<DB>(
  program: Command,
  { now, store, claimsOf }: { now: Clock; store: CommandStore<DB>; claimsOf(store: Store<DB>): ClaimStore },
): Command {
  const claims = program.command('claims').description('claims of terminals on tickets');

  claims
    .command('open')
    .description('print every claim older than an hour whose check record has not come, one JSON object a line')
    .action(() =>
      store.look({ name: 'claims open', what: {} }, async (opened, print) => {
        for (const claim of await claimsOf(opened).open(longOpenSince(now))) print(openClaimJson(claim));
      }),
    );
  return claims;
}
