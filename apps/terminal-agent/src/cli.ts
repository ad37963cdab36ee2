import {
  auditCommands,
  backupCommands,
  migrationCommands,
  operatorCommands,
  outboundRecordCommands,
  purgeCommand,
  type RetentionCommands,
  reconcileCommand,
  reportCommands,
  retentionCommands,
  tokenCommands,
  undoneCommand,
  upstreamCommands,
} from '@ticket-check/admin';
import { TERMINAL_DEADLINE } from '@ticket-check/check-records';
import { askTime, createUpstreamStore } from '@ticket-check/exchange';
import { keyCommands, loadKeyStatus } from '@ticket-check/key-cache';
import { createCommandStore } from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import {
  type Clock,
  createLogger,
  createProgram,
  ExpectedError,
  printNotice,
  serveUntilStopped,
} from '@ticket-check/runtime';
import { explainFault, listSetAside } from '@ticket-check/storage';
import type { Command } from 'commander';
import { startTerminalAgent } from './app.ts';
import { readTerminalSettings, type TerminalSettings } from './config.ts';
import { gateCommands } from './gate/declared-gates.ts';
import { checkCommand } from './http/check-command.ts';
import { scansCommand } from './journal/list-scans.ts';
import { knownLateRefunds, scanReports } from './journal/report-scans.ts';
import { overrideCommand } from './override/declared-refusals.ts';
import { retentionRules } from './retention/retention-rules.ts';
import { isPiped, standardInputDriver } from './scanner/drivers/standard-input.ts';
import { scannerTestCommand } from './scanner/scanner-test-command.ts';
import { salvageFile } from './store-recovery/salvage-file.ts';
import { openTerminalStore, type TerminalStore, type TerminalTables, terminalMigrations } from './tables.ts';
import { undoCommand } from './undo/declared-entries.ts';
import { createServedCinemas, SPOKEN_UPSTREAM } from './upstream/connect-upstream.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The commands of the terminal agent. Those that use the store also work beside a running `serve`. */
export function createTerminalProgram(env: Env, now: Clock): Command {
  const program = createProgram(
    'terminal-agent',
    'Checks tickets at a cinema door and sends the check records upstream.',
    explainFault,
  );

  program
    .command('serve')
    .description('run the agent until it is stopped')
    .option('--stdin', 'scan lines of standard input, print their verdicts')
    .action((options: { stdin?: boolean }) => serve(env, now, options));

  const settings = () => readTerminalSettings(env);
  const store = createCommandStore(program, {
    settings,
    open: (read: TerminalSettings) => openTerminalStore(read),
    now,
  });
  const logger = (level = settings().LOG_LEVEL) => createLogger('terminal-agent', level);
  const servedCinemas = (opened: TerminalStore) =>
    createServedCinemas(createUpstreamStore(opened), () => loadKeyStatus(opened), settings().CINEMA_CODES).served();
  const retention: RetentionCommands<TerminalTables> = {
    now,
    store,
    rules: (opened) => retentionRules(opened, settings()),
    confirmed: (opened) => askTime(createUpstreamStore(opened), { now, logger: logger() }),
    unconfirmed:
      'The platform upstream did not tell the time, and the clock of this machine may be years ahead: try again when it answers.',
  };

  upstreamCommands(program, { store });
  checkCommand(program, { store, settings });
  scannerTestCommand(program, settings);
  const records = program.command('records').description('work with check records');
  const upstream = 'the platform upstream';
  outboundRecordCommands(records, {
    upstream,
    settings,
    store,
    now,
    salvage: (opened, path, key) => salvageFile(opened, path, key, wallClockAt(now())),
  });
  undoneCommand(records, { upstream, store });
  purgeCommand(records, retention);
  const entries = program.command('entries').description("correct this terminal's admissions as a supervisor");
  undoCommand(entries, { store, now });
  overrideCommand(entries, { store, now });
  gateCommands(program, { store, now, plans: () => settings().driverPlans });
  retentionCommands(program, retention);
  reportCommands(program, {
    sends: true,
    checkedBy: 'Gate',
    now,
    store,
    sourceOf: (opened) => ({
      store: opened,
      cinemas: () => servedCinemas(opened),
      lateRefunds: knownLateRefunds(opened),
      besides: scanReports(opened),
    }),
  });
  reconcileCommand<TerminalTables>(program, {
    store,
    upstreamsOf: (opened) => createUpstreamStore(opened),
    cinemas: servedCinemas,
    extensions: SPOKEN_UPSTREAM,
    deadline: TERMINAL_DEADLINE,
    now,
    logger: () => logger('warn'),
  });
  backupCommands(program.command('store').description("the terminal's own data"), {
    settings,
    migrations: terminalMigrations,
    store,
    now,
  });
  scansCommand(program, store);
  migrationCommands(program, { settings, migrations: terminalMigrations, open: openTerminalStore });
  keyCommands(program, now, () => store.read(loadKeyStatus));
  operatorCommands(program, { store, now });
  tokenCommands(program, { store, now });
  auditCommands(program, store);

  return program;
}

/** A pipe or file on standard input, whose end is no fault. */
const TYPED = { name: 'stdin', gate: null, driver: standardInputDriver({ isPermanent: false }) };

/**
 * Runs the agent until it is stopped, and prints its address.
 *
 * @throws ExpectedError if `--stdin` is given beside SCANNERS
 */
async function serve(given: Env, clock: Clock, { stdin = false }: { stdin?: boolean }): Promise<void> {
  if (stdin && given.SCANNERS) {
    throw new ExpectedError('--stdin says nothing beside SCANNERS: name standard input there, as door=stdin.');
  }
  const env = stdin ? { ...given, SCANNERS: 'stdin=stdin' } : given;
  const settings = readTerminalSettings(env);
  const logger = createLogger('terminal-agent', settings.LOG_LEVEL);
  const isTyped = settings.SCANNERS === null && isPiped();
  const agent = await startTerminalAgent({ env, clock, logger, ...(isTyped && { scanners: [TYPED] }) });
  // Listen for signals first: a reader of the notice may stop the agent at once.
  const stopped = serveUntilStopped(agent, logger);
  for (const file of listSetAside(settings.DATABASE_URL)) {
    printNotice(`A damaged database lies in ${file}; \`records salvage ${file}\` takes back what can be read of it.`);
  }
  printNotice(`Its console, with /health and /metrics, is at ${agent.consoleUrl}.`);
  printNotice(`The kiosk page, for a browser on this machine, is at ${agent.url}/kiosk.`);
  printNotice(`The terminal agent listens on ${agent.url}.`);
  await stopped;
}
