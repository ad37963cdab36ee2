import {
  outboundRecordCommands,
  purgeCommand,
  type ReconcileCommand,
  type ReportCommands,
  type RetentionCommands,
  receivedRecordCommands,
  undoneCommand,
} from '@ticket-check/admin';
import { createRecordStore, createReversals, PLATFORM_DEADLINE, salvageRecords } from '@ticket-check/check-records';
import { askTime, createUpstreamStore } from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import { type Clock, createLogger } from '@ticket-check/runtime';
import { salvageRows } from '@ticket-check/storage';
import type { Command } from 'commander';
import { createServedCinemas } from '../cinemas/served-cinemas.ts';
import { type Environment, readThirdPartySettings } from '../config.ts';
import type { ThirdPartyStore, ThirdPartyTables } from '../database.ts';
import { SPOKEN_UPSTREAM } from '../upstream/connect-national.ts';
import { lateRefundsFound } from '../worklist/worklist.ts';
import { afterUndo, followingEntries } from './follow-records.ts';
import { retentionRules } from './retention-rules.ts';
import { undoCommand } from './undo-record.ts';

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
