import type { CommandStore } from '@ticket-check/operators';
import { ProtocolError, parseCinemaCode, wallClockAt } from '@ticket-check/protocol';
import { type Clock, ExpectedError, type Logger, printNotice, printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { KnownTables } from './known-entries.ts';
import { openClaimJson } from './open-claim-json.ts';
import { createSupervisorReleases, MAX_PER_OPERATION, type OpenClaimsOf } from './supervisor-releases.ts';

type Options = { username?: string; cinema?: string; reason: string; yes?: boolean };

const NONE_OPEN =
  'No such claim is open: it was given back, its check record has arrived, or nobody made it. `claims release --username` without --yes lists the open claims of an account.';

/** Adds `claims release`, for claims whose terminal cannot give them back any more. Reading C8. */
export function releaseCommand(
  claims: Command,
  options: {
    now: Clock;
    logger: () => Logger;
    store: CommandStore<KnownTables>;
  },
): void {
  const { now, logger, store } = options;
  claims
    .command('release')
    .description(
      'give back claims without a check record, whichever account made them; later claims are then unconfirmed',
    )
    .argument('[record-id]', 'the RecordId of one claim, as `claims open` prints it')
    .option('--username <name>', 'all such claims of this account')
    .option('--cinema <code>', 'with --username: of this cinema alone')
    .requiredOption('--reason <text>', 'why, for whoever asks later')
    .option('--yes', 'do it; without this only what would be done is printed')
    .action(async (recordId: string | undefined, given: Options) => {
      const which = claimsMeant(recordId, given);
      const found = await store.read((opened) => createSupervisorReleases(opened).find(which));
      if (found.length === 0) throw new ExpectedError(NONE_OPEN);
      if (given.yes !== true) {
        for (const claim of found) printResult(JSON.stringify(openClaimJson(claim)));
        printNotice(`Claims to be given back: ${found.length}. Run the command again with --yes to do it.`);
        return;
      }
      const { reason } = given;
      const cinemaCodes = found.map((claim) => claim.cinemaCode);
      let count = 0;
      for (let from = 0; from < found.length; from += MAX_PER_OPERATION) {
        const released = await store.change(
          { name: 'claims release', what: { reason }, needs: 'claims.release', cinemaCodes },
          (opened) =>
            createSupervisorReleases(opened).release(found.slice(from, from + MAX_PER_OPERATION), wallClockAt(now())),
          (claims) => ({ released: claims }),
        );
        count += released.length;
        for (const claim of released) {
          printResult(JSON.stringify(openClaimJson(claim)));
          logger().warn({ reason, claim }, 'a supervisor gave a claim back');
        }
      }
      printNotice(`Claims given back: ${count} of ${found.length}.`);
    });
}

function claimsMeant(recordId: string | undefined, { username, cinema }: Options): OpenClaimsOf {
  if ((recordId === undefined) === (username === undefined)) {
    throw new ExpectedError('Name either the RecordId of one claim or, with --username, an account.');
  }
  if (recordId !== undefined) return { recordId: recordId.toLowerCase() };
  try {
    return { username: username ?? '', cinemaCode: cinema === undefined ? null : parseCinemaCode(cinema) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ExpectedError(`--cinema ${error.message}.`);
  }
}
