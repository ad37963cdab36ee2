import { ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import {
  type Blocker,
  type DataSettings,
  type DuePart,
  lookAtDataStore,
  type Migrations,
  type Store,
  StoreError,
} from '@ticket-check/storage';
import type { Command } from 'commander';

type MigrationCommandsOptions<S extends DataSettings> = {
  settings(): S;
  migrations: Migrations;
  open(settings: S): Promise<Pick<Store<never>, 'migrator' | 'close'>>;
};

/** Adds `migrate`, `migrate --plan` and `store compatibility`. */
export function migrationCommands<S extends DataSettings>(
  program: Command,
  { settings, migrations, open }: MigrationCommandsOptions<S>,
): void {
  program
    .command('migrate')
    .description('bring the database to the shape of this version, as far as processes of older versions allow')
    .option('--plan', 'change nothing; print what is due, what it locks and how long it takes')
    .action(async ({ plan }: { plan?: true }) => {
      if (plan) {
        printParts(await lookAtDataStore(settings(), migrations, (migrator) => migrator.plan()));
        return;
      }
      const { migrator, close } = await open(settings());
      await using _ = { [Symbol.asyncDispose]: close };
      await migrator.advance(new AbortController().signal);
      const left = await migrator.plan();
      printParts(left);
      if (left.length > 0) printNotice('What is printed is still due; the service finishes it.');
    });

  const store =
    program.commands.find((command) => command.name() === 'store') ??
    program.command('store').description("the service's own data");
  store
    .command('compatibility')
    .description('exit code 0 if this version can serve beside the processes that run, otherwise 1')
    .action(async () => {
      const look = lookAtDataStore(settings(), migrations, (migrator) => migrator.compatibility());
      const { compatible, reason, ...found } = await look.catch(notOpened);
      printResult(
        JSON.stringify({
          Compatible: compatible,
          ...(reason && { Code: reason.code, Reason: reason.sentence }),
          ...('newest' in found && {
            Newest: found.newest,
            Steps: found.steps,
            ReadableSince: found.readableSince,
            Processes: found.processes.map(({ process, step }) => ({ Process: process, Step: step })),
          }),
        }),
      );
      if (reason) throw new ExpectedError(reason.sentence);
    });
}

function notOpened(error: unknown) {
  if (!(error instanceof StoreError && error.expected)) throw error;
  return { compatible: false, reason: { code: error.code, sentence: error.message } };
}

function printParts(parts: readonly DuePart[]): void {
  for (const { step, kind, part, of, locks, rows, seconds, blockedBy } of parts) {
    const line = { Step: step, Kind: kind, Part: part, ...(of !== undefined && { Of: of }), Locks: locks, Rows: rows };
    printResult(JSON.stringify({ ...line, Seconds: seconds, BlockedBy: blockedBy.map(blockerLine) }));
  }
}

function blockerLine(blocker: Blocker): object {
  if ('process' in blocker) return { Process: blocker.process, Step: blocker.step };
  return 'index' in blocker ? { Index: blocker.index } : { Backfill: blocker.backfill, Rows: blocker.rows };
}
