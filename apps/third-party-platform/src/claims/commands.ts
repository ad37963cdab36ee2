import { type Clock, printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { ClaimStore } from './claim-store.ts';
import { openClaimJson } from './open-claim-json.ts';
import { longOpenSince } from './open-claims.ts';

/** Adds `claims open`, and returns the command for more. `withClaims` opens the store for the time of one command. */
export function claimCommands(
  program: Command,
  now: Clock,
  withClaims: (run: (claims: ClaimStore) => Promise<void>) => Promise<void>,
): Command {
  const claims = program.command('claims').description('claims of terminals on tickets');

  claims
    .command('open')
    .description('print every claim older than an hour whose check record has not come, one JSON object a line')
    .action(() =>
      withClaims(async (store) => {
        for (const claim of await store.open(longOpenSince(now))) printResult(JSON.stringify(openClaimJson(claim)));
      }),
    );
  return claims;
}
