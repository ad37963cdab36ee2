import {
  outboundRecordCommands,
  purgeCommand,
  type RetentionCommands,
  receivedRecordCommands,
  reconcileCommand,
  reportCommands,
  retentionCommands,
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
import type { ThirdPartyTables } from '../database.ts';
import { SPOKEN_UPSTREAM } from '../upstream/connect-national.ts';
import { lateRefundsFound } from '../worklist/worklist.ts';
import { afterUndo, followingEntries } from './follow-records.ts';
import { retentionRules } from './retention-rules.ts';
import { undoCommand } from './undo-record.ts';

/** Adds `records` with its commands, `retention`, `reconcile` and `report`. */
export function recordCommands(
  program: Command,
  { env, store, now }: { env: Environment; store: CommandStore<ThirdPartyTables>; now: Clock },
): void {
  const records = program.command('records').description('work with check records');
  const upstream = 'the national platform';
  const settings = () => readThirdPartySettings(env);
  outboundRecordCommands(records, {
    upstream,
    settings,
    store,
    now,
    salvage: (opened, path, key) =>
      salvageRecords(salvageRows(path, key), {
        records: (batch) =>
          createRecordStore(opened, { inSameTransaction: followingEntries(opened) }).keep(batch, { forward: true }),
        reversals: (batch) => createReversals(opened, { inSameTransaction: afterUndo(opened) }).takeBack(batch),
      }),
  });
  undoCommand(records, { store, now });
  undoneCommand(records, { upstream, store });
  receivedRecordCommands(records, { store, now });

  const loggerAt = (level: ReturnType<typeof settings>['LOG_LEVEL']) => createLogger('third-party-platform', level);
  const retention: RetentionCommands<ThirdPartyTables> = {
    now,
    store,
    rules: () => retentionRules(settings()),
    confirmed: (opened) => askTime(createUpstreamStore(opened), { now, logger: loggerAt(settings().LOG_LEVEL) }),
    unconfirmed:
      'The national platform did not tell the time, and the clock of this machine may be years ahead: try again when it answers.',
  };
  purgeCommand(records, retention);
  retentionCommands(program, retention);
  reconcileCommand(program, {
    store,
    upstreamsOf: (opened) => createUpstreamStore(opened),
    cinemas: (opened) => createServedCinemas(opened).list(),
    extensions: SPOKEN_UPSTREAM,
    deadline: PLATFORM_DEADLINE,
    now,
    logger: () => loggerAt('warn'),
  });
  reportCommands(program, {
    sends: true,
    checkedBy: 'Account',
    now,
    store,
    sourceOf: (opened) => ({
      store: opened,
      cinemas: createServedCinemas(opened).list,
      lateRefunds: lateRefundsFound(opened),
    }),
  });
}
