import {
  type CheckRecordTables,
  createRetention,
  PURGE_OPERATION,
  PURGING,
  type Purge,
  purgeDetails,
  purgeOutcome,
  type RetentionRules,
  type RetentionTerms,
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

const retentionOf = <DB extends CheckRecordTables>(opened: Store<DB>, { rules }: RetentionCommands<DB>) =>
  createRetention(withTables(opened), rules(opened));

async function survey<DB extends CheckRecordTables>(opened: Store<DB>, parts: RetentionCommands<DB>): Promise<void> {
  const time = await parts.confirmed(opened);
  if (time === null) printNotice(`${parts.unconfirmed} Shown by the clock of this machine.`);
  const retention = retentionOf(opened, parts);
  const terms = retention.terms(parts.now(), time ?? { at: LAST_MOMENT });
  print(terms, parts.rules(opened).months, time, await retention.survey(terms), 'WouldPurge');
}

/** Purges by hand by the rules by which the service purges at its hour. */
async function purge<DB extends CheckRecordTables>(
  opened: Store<DB>,
  parts: RetentionCommands<DB>,
  yes: true | undefined,
): Promise<void> {
  const { store } = parts;
  const time = await parts.confirmed(opened);
  if (time === null) throw new ExpectedError(`${parts.unconfirmed} Nothing was purged.`);
  const retention = retentionOf(opened, parts);
  const terms = retention.terms(parts.now(), time);
  const told = (done: Purge) => print(terms, parts.rules(opened).months, time, done, 'Purged');
  const found = await retention.survey(terms);
  const sentence = whatPurgingDoes(terms, found);
  if (sentence === null) return told(found);
  const operation = { name: PURGE_OPERATION, what: purgeDetails(terms, time), needs: NEEDED };
  const says = async () => sentence;
  await store.confirm(operation, { name: businessDate(terms.cutoff), yes, needsYes: true, says });
  // Only now, since a person may think as long as they like: the service would leave out its purge meanwhile.
  const ran = await createJobs(opened).alone(PURGING, async (lost) => {
    const purging = (within: Store<DB>) => retentionOf(within, parts).purge(terms, lost);
    told(await store.changeInParts(operation, purging, purgeOutcome));
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
      parts.store.read((opened) => (dryRun ? survey(opened, parts) : purge(opened, parts, yes))),
    );
}

/** Adds `retention show`: what would be deleted. Scheme 5.3.1.3; reading S3. */
export function retentionCommands<DB extends CheckRecordTables>(program: Command, parts: RetentionCommands<DB>): void {
  program
    .command('retention')
    .description('how long check records and what belongs to them are kept')
    .command('show')
    .description('print the retention, what may go and why the rest stays')
    .action(() => parts.store.read((opened) => survey(opened, parts)));
}

const NEEDED = 'service.manage' as const;

/** Later than any clock, so that only the local clock counts. */
const LAST_MOMENT = '9999-12-31T23:59:59' as ConfirmedTime['at'];

/** What `records purge` is about to do; null if all that is so old has to stay. */
function whatPurgingDoes({ cutoff }: RetentionTerms, { gone }: Pick<Purge, 'gone'>): string | null {
  const counts = Object.entries(gone).map(([kind, count]) => `${inWords(kind)} ${count}`);
  if (counts.length === 0) return null;
  return `Everything older than the business date ${businessDate(cutoff)} that need not be kept will be deleted for good: ${counts.join(', ')}.`;
}

const inWords = (kind: string) => kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function print(
  { cutoff }: RetentionTerms,
  months: number,
  confirmed: ConfirmedTime | null,
  { gone, stayed, oldest, stopped }: Purge,
  what: 'Purged' | 'WouldPurge',
): void {
  printResult(
    JSON.stringify({
      RetentionMonths: months,
      Before: cutoff,
      ConfirmedAt: confirmed?.at ?? null,
      ConfirmedBy: confirmed?.by ?? null,
      [what]: gone,
      OldestCheckTime: oldest,
      Stayed: stayed,
      ...(stopped && { Stopped: true }),
    }),
  );
}
