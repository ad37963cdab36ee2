import {
  listRecordCommands,
  purgeCommand,
  type ReportCommands,
  type RetentionCommands,
  receivedRecordCommands,
} from '@ticket-check/admin';
import { createRecordStore, lateRefundsIn, newestCheck } from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import type { Clock } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { loadCinemaCodes } from '../cinemas/known-cinemas.ts';
import { createReached } from '../completeness/reached.ts';
import { type Environment, readNationalSettings } from '../config.ts';
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

/** What `report` is made of. */
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
      besides: createReached(opened, now).additions,
    }),
  };
}
