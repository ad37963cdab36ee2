import { accountCommands, openAccountAdmin, storeCommands } from '@ticket-check/exchange';
import { type Clock, createLogger, createProgram, printNotice, serveUntilStopped } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { startNationalPlatform } from './app.ts';
import { recordCommands } from './check-records/commands.ts';
import { type Environment, readNationalSettings } from './config.ts';
import { type NationalStore, openDatabase } from './database.ts';
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

  importCommand(program, (run) => withStore(env, (store) => run({ store, now })));
  accountCommands(program, {
    dataSources: true,
    open: () => {
      const settings = readNationalSettings(env);
      return openAccountAdmin(settings, () => openDatabase(settings), now);
    },
  });
  recordCommands(program, { now, withStore: (run) => withStore(env, run) });
  storeCommands(program, {
    dataDir: () => readNationalSettings(env).DATA_DIR,
    open: () => openDatabase(readNationalSettings(env)),
    now,
  });

  return program;
}

async function serve(env: Environment, clock: Clock): Promise<void> {
  const logger = createLogger('national-platform', readNationalSettings(env).LOG_LEVEL);
  const platform = await startNationalPlatform({ env, clock, logger });
  // Whoever reads the notice may ask the platform to stop at once.
  const stopped = serveUntilStopped(platform, logger);
  printNotice(`Its console, with /health and /metrics, is at ${platform.consoleUrl}.`);
  printNotice(`The national platform listens on ${platform.url}.`);
  await stopped;
}

async function withStore(env: Environment, run: (store: NationalStore) => Promise<void>): Promise<void> {
  const store = await openDatabase(readNationalSettings(env));
  try {
    await run(store);
  } finally {
    await store.close();
  }
}
