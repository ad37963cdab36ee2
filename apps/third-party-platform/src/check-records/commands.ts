import {
  outboundRecordCommands,
  purgeCommand,
  type ReconcileCommand,
  type ReportCommands,
  type RetentionCommands,
  receivedRecordCommands,
  recordIdArgument,
  undoneCommand,
} from '@ticket-check/admin';
import {
  createRecordStore,
  createReversals,
  PLATFORM_DEADLINE,
  type ReceivedReversal,
  salvageRecords,
  selectEntries,
} from '@ticket-check/check-records';
import { askTime, createUpstreamStore } from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import { type RecordId, wallClockAt } from '@ticket-check/protocol';
import { type Clock, createLogger, ExpectedError, printNotice, printResult } from '@ticket-check/runtime';
import { type Store, salvageRows, withTables } from '@ticket-check/storage';
import type { Command } from 'commander';
import { uuidv7 } from 'uuidv7';
import { createServedCinemas } from '../cinemas/served-cinemas.ts';
import { type Environment, readThirdPartySettings } from '../config.ts';
import type { ThirdPartyStore, ThirdPartyTables } from '../database.ts';
import { SPOKEN_UPSTREAM } from '../upstream/connect-national.ts';
import { lateRefundsFound } from '../worklist/worklist.ts';
import { afterUndo, followingEntries } from './follow-records.ts';
import { retentionRules } from './retention-rules.ts';

type Given = { env: Environment; store: CommandStore<ThirdPartyTables>; now: Clock };

/** Adds `records list`, `count`, `parked`, `retry`, `resend`, `salvage`, `undo`, `undone`, `doubles`, `quarantined`, `judge-again` and `purge`. */
export function recordCommands(program: Command, given: Given): void {
  const records = program.command('records').description('work with check records');
  const { env, store, now } = given;
  const upstream = 'the national platform';
  const recordsOf = (opened: ThirdPartyStore) =>
    createRecordStore(opened, { inSameTransaction: followingEntries(opened) });
  outboundRecordCommands(records, {
    upstream,
    settings: () => readThirdPartySettings(env),
    store,
    now,
    recordsOf,
    salvage: (opened, path, key) =>
      salvageRecords(salvageRows(path, key), {
        records: (batch) => recordsOf(opened).keep(batch, { forward: true }),
        reversals: (batch) => createReversals(opened, { inSameTransaction: afterUndo(opened) }).takeBack(batch),
      }),
  });
  undoCommand(records, { store, now });
  undoneCommand(records, { upstream, store });
  receivedRecordCommands(records, { now, store, recordsOf });
  purgeCommand(records, retentionParts(given));
}

/** What `retention` and `records purge` go by. */
export function retentionParts({ env, store, now }: Given): RetentionCommands<ThirdPartyTables> {
  const logger = () => createLogger('third-party-platform', readThirdPartySettings(env).LOG_LEVEL);
  return {
    now,
    store,
    rules: () => retentionRules(readThirdPartySettings(env)),
    confirmed: (opened) => askTime(createUpstreamStore(opened), { now, logger: logger() }),
    unconfirmed:
      'The national platform did not tell the time, and the clock of this machine may be years ahead: try again when it answers.',
  };
}

/** What `reconcile` compares. */
export function reconcileParts({ store, now }: Given): ReconcileCommand<ThirdPartyTables> {
  return {
    store,
    upstreamsOf: (opened) => createUpstreamStore(opened),
    cinemas: (opened) => createServedCinemas(opened).list(),
    extensions: SPOKEN_UPSTREAM,
    deadline: PLATFORM_DEADLINE,
    now,
    logger: () => createLogger('third-party-platform', 'warn'),
  };
}

/** What `report` is made of. */
export function reportParts({ store, now }: Given): ReportCommands<ThirdPartyTables> {
  return {
    sends: true,
    checkedBy: 'Account',
    now,
    store,
    sourceOf: (opened) => ({
      store: opened,
      cinemas: createServedCinemas(opened).list,
      lateRefunds: lateRefundsFound(opened),
    }),
  };
}

const NOT_STANDING =
  'No such record stands as an entry: it was undone before (`records undone`), is kept in quarantine, or is not here.';

/** A check record that counts as an entry. */
type StandingRecord = Omit<ReceivedReversal, 'recordId' | 'reverses' | 'reversedAt' | 'receivedAt'> & {
  readonly recordId: RecordId;
};

/**
 * Adds `records undo`: undoes an entry in the name of its account, for a supervisor whose terminal can no longer undo it. The
 * terminal that made it does not learn of that. Reading R9.
 */
function undoCommand(records: Command, { store, now }: { store: CommandStore<ThirdPartyTables>; now: Clock }): void {
  records
    .command('undo')
    .description('undo an entry that its terminal cannot undo itself')
    .addArgument(recordIdArgument('RecordId of a check record, see `records list`'))
    .requiredOption('--reason <text>', 'why, for the audit')
    .option('--yes', 'do not ask for the RecordId (for scripts)')
    .action(async (recordId: RecordId, { reason, yes }: { reason: string; yes?: true }) => {
      const found = await store.read((opened) => standingRecords(opened, recordId));
      if (found.length === 0) throw new ExpectedError(NOT_STANDING);
      const asked = {
        name: 'records undo',
        what: { reason, recordId },
        needs: 'entries.undo',
        cinemaCodes: found.map(({ cinemaCode }) => cinemaCode),
      } as const;
      const says = async () => whatUndoingDoes(found);
      if (!(await store.confirm(asked, { name: recordId, yes, needsYes: 'to-do-more-than-say', says }))) return;
      await store.change(
        asked,
        (opened) => undo(opened, found, now),
        () => ({ before: { records: found.map(recordJson) } }),
      );
      for (const record of found) printResult(JSON.stringify(recordJson(record)));
      printNotice('Undone: the ticket may be used again at other terminals.');
    });
}

function whatUndoingDoes(found: readonly StandingRecord[]): string {
  const entries = found.map(
    ({ filmTicketCode, cinemaCode, account, checkTime }) =>
      `the ticket ${filmTicketCode} of the cinema ${cinemaCode}, by ${account} at ${checkTime}`,
  );
  return `Entries to be undone: ${found.length}: ${entries.join('; ')}. The ticket may be used again at other terminals, and the platform above learns that nobody went in.`;
}

/** The records under a RecordId that count as entries, mostly one. */
async function standingRecords(store: Store<ThirdPartyTables>, recordId: RecordId): Promise<StandingRecord[]> {
  const rows = await selectEntries(withTables(store.db))
    .select(['recordId', 'cinemaCode', 'filmTicketCode', 'startTime', 'ticketInfoCode', 'checkTime', 'account'])
    .where('recordId', '=', recordId)
    .execute();
  // Rows are written from records only, so their texts are known to be in form.
  return rows as unknown as StandingRecord[];
}

/** Run as an operation. What was undone meanwhile stays as it is. */
async function undo(store: Store<ThirdPartyTables>, found: readonly StandingRecord[], now: Clock): Promise<void> {
  const reversals = createReversals(store, { inSameTransaction: afterUndo(store) });
  const at = wallClockAt(now());
  const undone = found.map(({ recordId, ...record }) => ({
    ...record,
    recordId: uuidv7() as RecordId,
    reverses: recordId,
    reversedAt: at,
    receivedAt: at,
  }));
  // A supervisor is bound by no number.
  await reversals.keep(undone, { maxOfTicket: Number.POSITIVE_INFINITY, forward: true });
}

function recordJson({ recordId, cinemaCode, filmTicketCode, startTime, checkTime, account }: StandingRecord) {
  return {
    RecordId: recordId,
    CinemaCode: cinemaCode,
    FilmTicketCode: filmTicketCode,
    StartTime: startTime,
    CheckTime: checkTime,
    Account: account,
  };
}
