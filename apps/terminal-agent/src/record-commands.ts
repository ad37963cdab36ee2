import {
  createRecordStore,
  outboundRecordCommands,
  purgeCommand,
  type ReconcileCommand,
  type ReportCommands,
  type RetentionCommands,
  TERMINAL_DEADLINE,
  undoneCommand,
} from '@ticket-check/check-records';
import { askTime, createUpstreamStore } from '@ticket-check/exchange';
import { loadKeyStatus } from '@ticket-check/key-cache';
import type { CommandStore } from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import { type Clock, createLogger } from '@ticket-check/runtime';
import type { Store } from '@ticket-check/storage';
import type { Command } from 'commander';
import { salvageFile } from './check-records/salvage-file.ts';
import { readTerminalSettings } from './config.ts';
import { lateRefundsTold, scanReports } from './journal/report-scans.ts';
import type { TerminalTables } from './migrations.ts';
import { retentionRules } from './retention/retention-rules.ts';
import { createServedCinemas } from './upstream/served-cinemas.ts';
import { SPOKEN_UPSTREAM } from './upstream/spoken-upstream.ts';

type Given = {
  env: Readonly<Record<string, string | undefined>>;
  store: CommandStore<TerminalTables>;
  now: Clock;
};

/** Adds `records list`, `count`, `parked`, `retry`, `resend`, `salvage`, `undone` and `purge`. */
export function recordCommands(program: Command, given: Given): void {
  const records = program.command('records').description('work with check records');
  const { env, store, now } = given;
  const upstream = 'the platform upstream';
  outboundRecordCommands(records, {
    upstream,
    settings: () => readTerminalSettings(env),
    store,
    recordsOf: createRecordStore,
    salvage: (opened, path, key) => salvageFile(opened, path, key, wallClockAt(now())),
  });
  undoneCommand(records, { upstream, store });
  purgeCommand(records, retentionParts(given));
}

/** What `retention` and `records purge` go by. */
export function retentionParts({ env, store, now }: Given): RetentionCommands<TerminalTables> {
  const logger = () => createLogger('terminal-agent', readTerminalSettings(env).LOG_LEVEL);
  return {
    now,
    store,
    rules: (opened) => retentionRules(opened, readTerminalSettings(env)),
    confirmed: (opened) => askTime(createUpstreamStore(opened), { now, logger: logger() }),
    unconfirmed:
      'The platform upstream did not tell the time, and the clock of this machine may be years ahead: try again when it answers.',
  };
}

/** What `report` is made of. */
export function reportParts({ env, store, now }: Given): ReportCommands<TerminalTables> {
  return {
    sends: true,
    checkedBy: 'Gate',
    now,
    store,
    sourceOf: (opened) => ({
      store: opened,
      cinemas: () => servedCinemas(opened, env),
      lateRefunds: lateRefundsTold(opened),
      besides: scanReports(opened),
    }),
  };
}

/** What `reconcile` compares. */
export function reconcileParts({ env, store, now }: Given): ReconcileCommand<TerminalTables> {
  return {
    store,
    upstreamsOf: (opened) => createUpstreamStore(opened),
    cinemas: (opened) => servedCinemas(opened, env),
    extensions: SPOKEN_UPSTREAM,
    deadline: TERMINAL_DEADLINE,
    now,
    logger: () => createLogger('terminal-agent', 'warn'),
  };
}

function servedCinemas(opened: Store<TerminalTables>, env: Given['env']) {
  const { CINEMA_CODES } = readTerminalSettings(env);
  return createServedCinemas(createUpstreamStore(opened), () => loadKeyStatus(opened), CINEMA_CODES).served();
}
