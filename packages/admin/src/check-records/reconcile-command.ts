import {
  type CheckRecordTables,
  type CinemaOutcome,
  countsOf,
  type Deadline,
  findingJson,
  isDifference,
  totalsOf,
} from '@ticket-check/check-records';
import { createUpstreamConnection, type UpstreamStore } from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import { type BusinessDate, businessDate, type CinemaCode, type Extension, wallClockAt } from '@ticket-check/protocol';
import { type Clock, ExpectedError, type Logger, printNotice } from '@ticket-check/runtime';
import { type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { outcomesOf } from './declared-reconciliation.ts';
import { businessDateOption, cinemaOption } from './record-commands.ts';

export type ReconcileCommand<DB> = {
  store: Pick<CommandStore<DB>, 'look'>;
  upstreamsOf(store: Store<DB>): UpstreamStore;
  /** The cinemas of the service, besides those that have records; `all` if it is bound to none. */
  cinemas(store: Store<DB>): Promise<readonly CinemaCode[] | 'all'>;
  extensions: readonly Extension[];
  deadline: Deadline;
  now: Clock;
  logger(): Logger;
};

/**
 * Adds `reconcile` to a program: prints a line of JSON for each record of a business date that differs from the platform above; exit code
 * 1 if there is one, or if the comparison failed. Scheme 5.2.5, 5.2.9; reading X7.
 */
export function reconcileCommand<DB extends CheckRecordTables>(program: Command, parts: ReconcileCommand<DB>): void {
  program
    .command('reconcile')
    .description('compare a business date with the platform above')
    .option('--all', 'include records on their way or completed upstream')
    .addOption(businessDateOption())
    .addOption(cinemaOption())
    .action(async (given: { businessDate?: BusinessDate; cinema?: CinemaCode; all?: boolean }) => {
      const { businessDate: date = businessDate(wallClockAt(parts.now())), cinema, all = false } = given;
      const outcomes: CinemaOutcome[] = [];
      await parts.store.look(
        { name: 'reconcile', what: { businessDate: date, cinemaCode: cinema, all } },
        async (opened, print) => {
          for await (const outcome of reconcile(opened, parts, date, cinema)) {
            printCinema(outcome, date, { all, print });
            outcomes.push(outcome);
          }
          return totalsOf(outcomes);
        },
      );
      conclude(outcomes, date);
    });
}

async function* reconcile<DB extends CheckRecordTables>(
  opened: Store<DB>,
  { extensions, now, deadline, ...parts }: ReconcileCommand<DB>,
  date: BusinessDate,
  cinema: CinemaCode | undefined,
): AsyncGenerator<CinemaOutcome> {
  const connection = createUpstreamConnection({
    upstreams: parts.upstreamsOf(opened),
    store: opened.currentGeneration(),
    logger: parts.logger(),
    ...{ extensions, now },
  });
  try {
    const cinemas = () => parts.cinemas(opened);
    const source = {
      store: withTables<DB, CheckRecordTables>(opened),
      now,
      deadline,
      cinemas,
      upstream: connection.upstream,
    };
    yield* await outcomesOf(source, { date, cinemas: cinema === undefined ? 'all' : [cinema] });
  } finally {
    await connection.close();
  }
}

function printCinema(
  outcome: CinemaOutcome,
  date: BusinessDate,
  { all, print }: { all: boolean; print: (line: object) => void },
): void {
  const which = `Cinema ${outcome.cinemaCode} on ${date}`;
  if ('failure' in outcome) {
    printNotice(`${which}: ${outcome.failure}`);
    return;
  }
  for (const finding of outcome.findings) {
    if (all || isDifference(finding)) print(findingJson(finding, outcome.compared));
  }
  if (outcome.compared === 'status') {
    printNotice(
      `${which}: the platform above lists no records (extension check-records), so only how each was sent could be compared.`,
    );
  }
  const kinds = [...countsOf(outcome.findings)].map(([kind, count]) => `${count} ${kind}`);
  printNotice(`${which}: ${kinds.length === 0 ? 'nothing differs' : kinds.join(', ')}.`);
}

/** @throws ExpectedError if a record differs, or a cinema could not be compared */
function conclude(outcomes: readonly CinemaOutcome[], date: BusinessDate): void {
  const { failed, differing } = totalsOf(outcomes);
  if (failed > 0) throw new ExpectedError(`${failed} of ${outcomes.length} cinemas could not be compared.`);
  if (differing > 0) {
    throw new ExpectedError(
      `${differing === 1 ? 'One record' : `${differing} records`} of ${date} ${differing === 1 ? 'differs' : 'differ'}.`,
    );
  }
}
