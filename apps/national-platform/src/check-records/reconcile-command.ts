import { cinemaOption, lastDateOverOption } from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import type { BusinessDate, CinemaCode } from '@ticket-check/protocol';
import { type Clock, ExpectedError, printNotice } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { lastDateOver } from '../completeness/asked-days.ts';
import { findingJson, notComparedJson } from '../completeness/finding-json.ts';
import { loadPlatformDays, type PlatformDay, type ToldStore } from '../completeness/platform-days.ts';
import { type ComparedTold, compareTold, type NotCompared } from '../completeness/reconcile-told.ts';
import type { NationalTables } from '../database.ts';

type Outcome = ComparedTold | NotCompared;

/**
 * Adds `reconcile`: prints a line of JSON for each hour of a business date that differs between here and the platform that
 * reported it, and exits with 1 if there is any. A platform that reported nothing to compare with gets a line and exit code 1 too:
 * unknown must not pass for equal. The default is the last business date that is over, since platforms report only the number of
 * entries before. Scheme 5.2.5, 5.2.9; reading X10.
 */
export function reconcileCommand(
  program: Command,
  { store, now }: { store: Pick<CommandStore<NationalTables>, 'look'>; now: Clock },
): void {
  program
    .command('reconcile')
    .description('compare a day hour by hour with what platforms reported')
    .addOption(lastDateOverOption())
    .addOption(cinemaOption())
    .action(async (given: { businessDate?: BusinessDate; cinema?: CinemaCode }) => {
      const { businessDate: date = lastDateOver(now), cinema } = given;
      let outcomes: Outcome[] = [];
      await store.look(
        { name: 'reconcile', what: { businessDate: date, cinemaCode: cinema } },
        async (opened, print) => {
          outcomes = [];
          for (const day of await loadPlatformDays(opened, { date, cinemas: cinema }, now)) {
            outcomes.push(await printDay(opened, { date, day, now }, print));
          }
          return { failed: failedOf(outcomes), differing: differingOf(outcomes) };
        },
      );
      conclude(outcomes, date);
    });
}

async function printDay(
  store: ToldStore,
  { date, day, now }: { date: BusinessDate; day: PlatformDay; now: Clock },
  print: (line: object) => void,
): Promise<Outcome> {
  const outcome = await compareTold(store, date, day, now);
  if ('failure' in outcome) print(notComparedJson(outcome, { date, ...day }));
  else for (const hour of outcome.hours) print(findingJson(hour, day));
  const which = `Cinema ${day.cinemaCode} on ${date}, platform ${day.platform}`;
  const what =
    'failure' in outcome
      ? outcome.failure
      : outcome.hours.length === 0
        ? 'nothing differs'
        : `${outcome.hours.length} of the hours differ`;
  printNotice(`${which}: ${what}.`);
  return outcome;
}

const failedOf = (outcomes: readonly Outcome[]) => outcomes.filter((outcome) => 'failure' in outcome).length;

const differingOf = (outcomes: readonly Outcome[]) =>
  outcomes.reduce((sum, outcome) => sum + ('hours' in outcome ? outcome.hours.length : 0), 0);

/** @throws ExpectedError where something differs, or a cinema and platform could not be compared */
function conclude(outcomes: readonly Outcome[], date: BusinessDate): void {
  const failed = failedOf(outcomes);
  const unknown = `${failed} of ${outcomes.length} could not be compared: differences on ${date} are unknown there.`;
  if (differingOf(outcomes) > 0) {
    if (failed > 0) printNotice(unknown);
    throw new ExpectedError(`The records here of ${date} differ from what platforms reported.`);
  }
  if (failed > 0) throw new ExpectedError(unknown);
}
