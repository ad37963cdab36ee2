import {
  cinemaOption,
  lastDateOverOption,
  listRecordCommands,
  purgeCommand,
  type ReportCommands,
  type RetentionCommands,
  receivedRecordCommands,
} from '@ticket-check/admin';
import { createRecordStore, lateRefundsIn, newestCheck } from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import type { BusinessDate, CinemaCode } from '@ticket-check/protocol';
import { type Clock, ExpectedError, printNotice } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { loadCinemaCodes } from '../cinemas/names.ts';
import {
  type ComparedDay,
  compareHours,
  createReached,
  differencesJson,
  lastDateOver,
  loadPlatformDays,
  type PlatformDay,
} from '../completeness/platform-days.ts';
import { type Environment, readNationalSettings } from '../config.ts';
import { countSold } from '../console-data/sold-tickets.ts';
import type { NationalTables } from '../database.ts';
import { retentionRules } from './retention-rules.ts';

type Given = { env: Environment; store: CommandStore<NationalTables>; now: Clock };

/** Adds `records list`, `count`, `doubles`, `quarantined`, `judge-again` and `purge`: lines of JSON on standard output. */
export function recordCommands(program: Command, given: Given): void {
  const records = program.command('records').description('work with received check records');
  const { store, now } = given;
  listRecordCommands(records, { store, recordsOf: createRecordStore });
  receivedRecordCommands(records, { now, store, recordsOf: createRecordStore });
  purgeCommand(records, retentionParts(given));
}

/** What `retention` and `records purge` go by. */
export function retentionParts({ env, store, now }: Given): RetentionCommands<NationalTables> {
  return {
    now,
    store,
    rules: (opened) => retentionRules(opened, readNationalSettings(env)),
    confirmed: newestCheck,
    unconfirmed: "No check record confirms the time; only this machine's clock tells it.",
  };
}

export function reportParts({ store, now }: Given): ReportCommands<NationalTables> {
  return {
    sends: false,
    checkedBy: 'Account',
    now,
    store,
    sourceOf: (opened) => ({
      store: opened,
      cinemas: () => loadCinemaCodes(opened),
      lateRefunds: lateRefundsIn(opened, 'refund'),
      besides: { ...createReached(opened, now).additions, countSold: (asked) => countSold(opened, asked) },
    }),
  };
}

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
      let found: ComparedDay[] = [];
      await store.look(
        { name: 'reconcile', what: { businessDate: date, cinemaCode: cinema } },
        async (opened, print) => {
          found = [];
          for (const day of await loadPlatformDays(opened, { date, cinemas: cinema }, now)) {
            const compared = await compareHours(opened, date, day, now);
            printDay(compared, date, day, print);
            found.push(compared);
          }
          return totalsOf(found);
        },
      );
      conclude(found, date);
    });
}

/** Why a cinema and platform could not be compared. */
const WHY = {
  'not-told': 'nothing was reported of this date',
  'counts-alone': 'only the number was reported, since the date was not over',
} as const;

function printDay(compared: ComparedDay, date: BusinessDate, day: PlatformDay, print: (line: object) => void): void {
  for (const line of differencesJson(compared, date, day)) print(line);
  const what =
    'reason' in compared
      ? WHY[compared.reason]
      : compared.hours.length === 0
        ? 'nothing differs'
        : `${compared.hours.length} of the hours differ`;
  printNotice(`Cinema ${day.cinemaCode} on ${date}, platform ${day.platform}: ${what}.`);
}

const totalsOf = (found: readonly ComparedDay[]) => ({
  failed: found.filter((compared) => 'reason' in compared).length,
  differing: found.reduce((sum, compared) => sum + ('hours' in compared ? compared.hours.length : 0), 0),
});

/** @throws ExpectedError where something differs, or a cinema and platform could not be compared */
function conclude(found: readonly ComparedDay[], date: BusinessDate): void {
  const { failed, differing } = totalsOf(found);
  const unknown = `${failed} of ${found.length} could not be compared: differences on ${date} are unknown there.`;
  if (failed > 0 && differing > 0) printNotice(unknown);
  if (differing > 0) throw new ExpectedError(`The records here of ${date} differ from what platforms reported.`);
  if (failed > 0) throw new ExpectedError(unknown);
}
