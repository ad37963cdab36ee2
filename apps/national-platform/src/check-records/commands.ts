import {
  concludeComparison,
  listCommand,
  listRecordCommands,
  purgeCommand,
  type ReportCommands,
  type RetentionCommands,
  receivedRecordCommands,
} from '@ticket-check/admin';
import { lateRefundsIn, newestCheck } from '@ticket-check/check-records';
import type { CommandStore } from '@ticket-check/operators';
import type { Clock } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { loadCinemaCodes } from '../cinemas/names.ts';
import { reconciliation } from '../completeness/completeness-pages.ts';
import { createReached } from '../completeness/platform-days.ts';
import { type Environment, readNationalSettings } from '../config.ts';
import { countSold } from '../console-data/sold-tickets.ts';
import type { NationalTables } from '../database.ts';
import { retentionRules } from './retention-rules.ts';

type Given = { env: Environment; store: CommandStore<NationalTables>; now: Clock };

/** Adds `records list`, `count`, `doubles`, `quarantined`, `judge-again` and `purge`: lines of JSON on standard output. */
export function recordCommands(program: Command, given: Given): void {
  const records = program.command('records').description('work with received check records');
  const { store, now } = given;
  listRecordCommands(records, { store, now });
  receivedRecordCommands(records, { store, now });
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
 * unknown must not pass for equal. Scheme 5.2.5, 5.2.9; reading X10.
 */
export function reconcileCommand(program: Command, { store, now }: Omit<Given, 'env'>): void {
  listCommand(program, reconciliation, {
    ...{
      store,
      now,
      command: 'reconcile',
      description: 'compare business dates hour by hour with what platforms reported',
    },
    source: (opened) => ({ store: opened, now }),
    conclude: concludeComparison('Hours', 'Platforms'),
  });
}
