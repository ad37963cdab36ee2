import { cinemaOption } from '@ticket-check/admin';
import type { CommandStore } from '@ticket-check/operators';
import { type CinemaCode, wallClockAt } from '@ticket-check/protocol';
import { type Clock, ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { KnownTables } from './known-entries.ts';
import { listOpenClaims, longOpenSince, type OpenClaim, openClaimJson, releaseForSupervisor } from './open-claims.ts';

type Options = { username?: string; cinema?: CinemaCode; reason: string; yes?: true };

const NONE_OPEN =
  'No such claim is open: it was released, its check record has arrived, or nobody made it. `claims release --username` without --yes lists the open claims of an account before it asks.';

/** Adds `claims open`, and `claims release` for claims that their terminal can no longer release. Reading C8. */
export function claimCommands(
  program: Command,
  { now, store }: { now: Clock; store: CommandStore<KnownTables> },
): void {
  const claims = program.command('claims').description('work with claims of terminals');
  claims
    .command('open')
    .description('list claims older than an hour without a check record')
    .action(() =>
      store.look({ name: 'claims open', what: {} }, async (opened, print) => {
        const claimedUntil = longOpenSince(now);
        for (const claim of await listOpenClaims(opened, { claimedUntil })) print(openClaimJson(claim));
      }),
    );
  claims
    .command('release')
    .description('release open claims of any account (later ones unconfirmed)')
    .argument('[record-id]', 'the RecordId of one claim, as `claims open` prints it')
    .option('--username <name>', 'all such claims of this account')
    .addOption(cinemaOption('with --username: only of this cinema'))
    .requiredOption('--reason <text>', 'why, for the audit')
    .option('--yes', 'do not ask for the name (for scripts)')
    .action(async (recordId: string | undefined, given: Options) => {
      const which = claimsMeant(recordId, given);
      const found = await store.read((opened) => listOpenClaims(opened, which));
      if (found.length === 0) throw new ExpectedError(NONE_OPEN);
      // Listed before it asks, not on standard output: that holds only what was released.
      if (given.yes !== true) for (const claim of found) printNotice(JSON.stringify(openClaimJson(claim)));
      const { reason } = given;
      const cinemaCodes = found.map((claim) => claim.cinemaCode);
      const asked = { name: 'claims release', what: { reason }, needs: 'claims.release', cinemaCodes } as const;
      const destroys =
        'recordId' in which ? { name: which.recordId, needsYes: false } : { name: which.username, needsYes: true };
      const released = await store.change(
        { ...asked, destroys: { ...destroys, yes: given.yes, says: async () => whatReleasingDoes(found) } },
        (opened) => releaseForSupervisor(opened, found, wallClockAt(now())),
        (claims) => ({ released: claims }),
      );
      for (const claim of released) printResult(JSON.stringify(openClaimJson(claim)));
      printNotice(`Released ${released.length} of ${found.length} claims.`);
    });
}

/** What `claims release` is about to do. */
function whatReleasingDoes(found: readonly OpenClaim[]): string {
  const accounts = [...new Set(found.map(({ account }) => account))].join(', ');
  const cinemas = [...new Set(found.map(({ cinemaCode }) => cinemaCode))].sort();
  const where = cinemas.length > MAX_NAMED ? `at ${cinemas.length} cinemas` : `at ${cinemas.join(', ')}`;
  return `Claims to release: ${found.length}, of ${accounts}, ${where}. Anyone who shows one of these tickets will be let in, even if its guest already went in and the check record was lost; later claims on it are then unconfirmed.`;
}

/** More cinemas than that are counted. */
const MAX_NAMED = 5;

function claimsMeant(recordId: string | undefined, { username = '', cinema }: Options) {
  if ((recordId === undefined) === (username === '')) {
    throw new ExpectedError('Name either the RecordId of one claim or, with --username, an account.');
  }
  if (recordId !== undefined) return { recordId: recordId.toLowerCase() };
  return { username, cinema };
}
