import { reportCommands } from '@ticket-check/check-records';
import { accountCommands, loadIssuer, storeCommands } from '@ticket-check/exchange';
import { auditCommands, createCommandStore, operatorCommands, tokenCommands } from '@ticket-check/operators';
import { type Clock, createLogger, createProgram, printNotice, serveUntilStopped } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { recordCommands } from './check-records/commands.ts';
import { retentionRules } from './check-records/retention-rules.ts';
import { loadCinemaCodes } from './cinemas/known-cinemas.ts';
import { type Environment, readNationalSettings } from './config.ts';
import { openDatabase } from './database.ts';
import { importCommand } from './intake/commands.ts';

/** The commands of the national platform. All but `serve` work beside a running `serve` and act on it at once. */
export function createNationalProgram(env: Environment, now: Clock): Command {
  const program = createProgram(
    'national-platform',
    "Holds the cinemas' public keys, the sold tickets and the refunds, and receives every check record.",
  );

  program
    .command('serve')
    .description('run the platform until it is stopped')
    .action(() => serve(env, now));

  const store = createCommandStore(program, { settings: () => readNationalSettings(env), open: openDatabase, now });
  importCommand(program, { store, now });
  accountCommands(program, {
    store,
    others: 'data-source',
    issuer: () => store.read((opened) => loadIssuer(readNationalSettings(env), opened)),
    now,
  });
  recordCommands(program, { now, store, rules: () => retentionRules(readNationalSettings(env)) });
  reportCommands(program, {
    sends: false,
    checkedBy: 'Account',
    now,
    store,
    sourceOf: (opened) => ({ store: opened, cinemas: () => loadCinemaCodes(opened) }),
  });
  storeCommands(program, { dataDir: () => readNationalSettings(env).DATA_DIR, store, now });
  operatorCommands(program, { store, now });
  tokenCommands(program, { store, now });
  auditCommands(program, store);

  return program;
}

async function serve(env: Environment, clock: Clock): Promise<void> {
  const logger = createLogger('national-platform', readNationalSettings(env).LOG_LEVEL);
  // Commands start sooner without it.
  const { startNationalPlatform } = await import('./app.ts');
  const platform = await startNationalPlatform({ env, clock, logger });
  // Whoever reads the notice may ask the platform to stop at once.
  const stopped = serveUntilStopped(platform, logger);
  printNotice(`Its console, with /health and /metrics, is at ${platform.consoleUrl}.`);
  printNotice(`The national platform listens on ${platform.url}.`);
  await stopped;
}
