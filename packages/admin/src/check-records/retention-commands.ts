import {
  type CheckRecordTables,
  createRetention,
  PURGE_OPERATION,
  PURGING,
  type Purge,
  purgeDetails,
  purgeOutcome,
  type RetentionRules,
} from '@ticket-check/check-records';
import type { ConfirmedTime } from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import { businessDate } from '@ticket-check/protocol';
import { ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import { createJobs, type Store, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';

export type RetentionCommands<DB> = {
  now: () => number;
  store: CommandStore<DB>;
  rules(store: Store<DB>): RetentionRules;
  /** Asks another clock for the time; null if it did not answer. */
  confirmed(store: Store<DB>): Promise<ConfirmedTime | null>;
  /** What to do if it did not, in a sentence. */
  unconfirmed: string;
};

/** What retention deletes of an opened store at this moment, by the time that is confirmed, and how that is printed. */
async function retentionIn<DB extends CheckRecordTables>(opened: Store<DB>, parts: RetentionCommands<DB>) {
  const rules = parts.rules(opened);
  const retention = createRetention(withTables(opened), rules);
  const confirmed = await parts.confirmed(opened);
  const terms = retention.terms(parts.now(), confirmed ?? { at: LAST_MOMENT });
  function print({ gone, stayed, oldest, stopped }: Purge, what: 'Purged' | 'WouldPurge') {
    const line = {
      RetentionMonths: rules.months,
      Before: terms.cutoff,
      ConfirmedAt: confirmed?.at ?? null,
      ConfirmedBy: confirmed?.by ?? null,
      [what]: gone,
      OldestCheckTime: oldest,
      Stayed: stayed,
      ...(stopped && { Stopped: true }),
    };
    printResult(JSON.stringify(line));
  }
  return { confirmed, terms, survey: () => retention.survey(terms), print };
}

async function show<DB extends CheckRecordTables>(opened: Store<DB>, parts: RetentionCommands<DB>): Promise<void> {
  const { confirmed, survey, print } = await retentionIn(opened, parts);
  if (confirmed === null) printNotice(`${parts.unconfirmed} Shown by the clock of this machine.`);
  print(await survey(), 'WouldPurge');
}

/** Purges by hand by the rules by which the service purges at its hour. */
async function purge<DB extends CheckRecordTables>(
  opened: Store<DB>,
  parts: RetentionCommands<DB>,
  yes: true | undefined,
): Promise<void> {
  const { store, rules } = parts;
  const { confirmed, terms, survey, print } = await retentionIn(opened, parts);
  if (confirmed === null) throw new ExpectedError(`${parts.unconfirmed} Nothing was purged.`);
  const found = await survey();
  const counts = Object.entries(found.gone).map(([kind, count]) => `${inWords(kind)} ${count}`);
  if (counts.length === 0) return print(found, 'Purged');
  const date = businessDate(terms.cutoff);
  const sentence = `Everything older than the business date ${date} that need not be kept will be deleted for good: ${counts.join(', ')}.`;
  const operation = { name: PURGE_OPERATION, what: purgeDetails(terms, confirmed), needs: 'service.manage' as const };
  await store.confirm(operation, { name: date, yes, needsYes: true, says: async () => sentence });
  // Only now, since a person may think as long as they like: the service would leave out its purge meanwhile.
  const ran = await createJobs(opened).alone(PURGING, async (lost) => {
    const purging = (within: Store<DB>) => createRetention(withTables(within), rules(within)).purge(terms, lost);
    print(await store.change({ ...operation, inParts: true }, purging, purgeOutcome), 'Purged');
    return true;
  });
  if (ran === null) throw new ExpectedError('The service, or another command, is purging at this moment.');
}

/** Adds `purge` to the `records` of a service: deletes now what the service would delete at its hour. Scheme 5.3.1.3; reading S3. */
export function purgeCommand<DB extends CheckRecordTables>(records: Command, parts: RetentionCommands<DB>): void {
  records
    .command('purge')
    .description('delete what is older than RETENTION_MONTHS')
    .option('--dry-run', 'print what would go, delete nothing')
    .option('--yes', 'do not ask for the business date (for scripts)')
    .action(({ dryRun, yes }: { dryRun?: true; yes?: true }) =>
      parts.store.read((opened) => (dryRun ? show(opened, parts) : purge(opened, parts, yes))),
    );
}

/** Adds `retention show`: what would be deleted. Scheme 5.3.1.3; reading S3. */
export function retentionCommands<DB extends CheckRecordTables>(program: Command, parts: RetentionCommands<DB>): void {
  program
    .command('retention')
    .description('how long check records and what belongs to them are kept')
    .command('show')
    .description('print the retention, what may go and why the rest stays')
    .action(() => parts.store.read((opened) => show(opened, parts)));
}

/** Later than any clock, so that only the local clock counts. */
const LAST_MOMENT = '9999-12-31T23:59:59' as ConfirmedTime['at'];

const inWords = (kind: string) => kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
