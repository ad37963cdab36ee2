import {
  accountCommands,
  auditCommands,
  migrationCommands,
  operatorCommands,
  reportCommands,
  retentionCommands,
  storeCommands,
  tokenCommands,
} from '@ticket-check/admin';
import { loadIssuer } from '@ticket-check/exchange';
import { createCommandStore } from '@ticket-check/operators';
import { type Clock, createLogger, createProgram, printNotice, serveUntilStopped } from '@ticket-check/runtime';
import { explainFault } from '@ticket-check/storage';
import type { Command } from 'commander';
import { startNationalPlatform } from './app.ts';
import { reconcileCommand, recordCommands, reportParts, retentionParts } from './check-records/commands.ts';
import { type Environment, readNationalSettings } from './config.ts';
import { nationalMigrations, openDatabase } from './database.ts';
import { importCommand } from './intake/commands.ts';

/** The commands of the national platform. All except `serve` also work beside a running `serve` and take effect at once. */
export function createNationalProgram(env: Environment, now: Clock): Command {
  const program = createProgram(
    'national-platform',
    "Holds the cinemas' public keys, the sold tickets and the refunds, and receives every check record.",
    explainFault,
  );

  program
    .command('serve')
    .description('run the platform until it is stopped')
    .action(() => serve(env, now));

  const settings = () => readNationalSettings(env);
  const store = createCommandStore(program, { settings, open: openDatabase, now });
  const given = { env, store, now };

  importCommand(program, { store, now });
  accountCommands(program, {
    store,
    others: 'data-source',
    issuer: () => store.read((opened) => loadIssuer(settings(), opened)),
    now,
  });
  recordCommands(program, given);
  retentionCommands(program, retentionParts(given));
  reportCommands(program, reportParts(given));
  reconcileCommand(program, { store, now });
  storeCommands(program, { settings, migrations: nationalMigrations, store, now });
  migrationCommands(program, { settings, migrations: nationalMigrations, open: openDatabase });
  operatorCommands(program, { store, now });
  tokenCommands(program, { store, now });
  auditCommands(program, store);

  return program;
}

/** Runs the platform until it is stopped, and prints its address. */
async function serve(env: Environment, clock: Clock): Promise<void> {
  const logger = createLogger('national-platform', readNationalSettings(env).LOG_LEVEL);
  const platform = await startNationalPlatform({ env, clock, logger });
  // Listen for signals first: a reader of the notice may stop the platform at once.
  const stopped = serveUntilStopped(platform, logger);
  printNotice(`Its console, with /health and /metrics, is at ${platform.consoleUrl}.`);
  printNotice(`The national platform listens on ${platform.url}.`);
  await stopped;
}
