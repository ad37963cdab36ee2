import {
  createRecordStore,
  outboundRecordCommands,
  reconcileCommand,
  reportCommands,
  retentionCommands,
  TERMINAL_DEADLINE,
  undoneCommand,
} from '@ticket-check/check-records';
import { askTime, createUpstreamStore, upstreamCommands } from '@ticket-check/exchange';
import { keyCommands, loadKeyStatus } from '@ticket-check/key-cache';
import { auditCommands, createCommandStore, operatorCommands, tokenCommands } from '@ticket-check/operators';
import { wallClockAt } from '@ticket-check/protocol';
import {
  type Clock,
  createLogger,
  createProgram,
  ExpectedError,
  printNotice,
  printResult,
  serveUntilStopped,
} from '@ticket-check/runtime';
import { listSetAside, type Store } from '@ticket-check/storage';
import { type Command, InvalidArgumentError } from 'commander';
import { salvageFile } from './check-records/salvage-file.ts';
import { readTerminalSettings } from './config.ts';
import { gateCommands } from './gate/commands/gate-commands.ts';
import { askRunningAgent, assertServed } from './http/ask-agent.ts';
import { listScans } from './journal/list-scans.ts';
import { scanReports } from './journal/report-scans.ts';
import type { TerminalTables } from './migrations.ts';
import { openTerminalStore } from './open-store.ts';
import { overrideCommand } from './override/override-command.ts';
import { retentionRules } from './retention/retention-rules.ts';
import { plannedScanners } from './scanner/planned-scanners.ts';
import { scannerTestCommand } from './scanner/trial/scanner-test-command.ts';
import { undoCommand } from './undo/undo-command.ts';
import { SPOKEN_UPSTREAM } from './upstream/connect-upstream.ts';
import { createServedCinemas } from './upstream/served-cinemas.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The commands of the terminal agent. Those that look into the store work beside a running `serve`. */
export function createTerminalProgram(env: Env, clock: Clock): Command {
  const program = createProgram(
    'terminal-agent',
    'Checks tickets at a cinema door and sends the check records upstream.',
  );

  program
    .command('serve')
    .description('run the agent until it is stopped; verdicts of scans on standard input go to standard output')
    .option('--stdin', 'take each line of standard input as a scan, as SCANNER=stdin does')
    .action(async ({ stdin = false }: { stdin?: boolean }) => {
      if (stdin && env.SCANNERS) {
        throw new ExpectedError('--stdin says nothing beside SCANNERS: name standard input there, as door=stdin.');
      }
      await serve(stdin ? { ...env, SCANNER: 'stdin' } : env, clock);
    });

  const store = createCommandStore(program, {
    settings: () => readTerminalSettings(env),
    open: openTerminalStore,
    now: clock,
  });
  upstreamCommands(program, { store });

  program
    .command('check')
    .argument('<text>', 'what a scanner would send')
    .description('make one scan through the running agent and print its verdict as one line of JSON')
    .option('--gate <name>', 'the gate at which the scan counts, where it is not the usual one')
    .action(async (text: string, { gate }: { gate?: string }) => {
      const settings = readTerminalSettings(env);
      await assertServed(settings);
      const verdict = await store.changeInParts(
        { name: 'check', what: { gate: gate ?? null }, needs: 'tickets.check' },
        () => askRunningAgent(settings, text, gate),
        ({ Verdict, RecordId }) => ({ verdict: Verdict, recordId: RecordId ?? null }),
      );
      printResult(JSON.stringify(verdict));
    });

  scannerTestCommand(program, () => readTerminalSettings(env));

  const records = outboundRecordCommands(program, {
    upstream: 'the platform upstream',
    settings: () => readTerminalSettings(env),
    store,
    recordsOf: createRecordStore,
    salvage: (opened, path, key) => salvageFile(opened, path, key, wallClockAt(clock())),
  });
  undoneCommand(records, {
    upstream: 'the platform upstream',
    store,
  });
  const entries = program.command('entries').description('admissions of this terminal that a supervisor corrects');
  undoCommand(entries, { store, now: clock });
  overrideCommand(entries, { store, now: clock });
  gateCommands(program, { store, plans: () => readTerminalSettings(env).driverPlans });
  retentionCommands(
    { program, records },
    {
      now: clock,
      store,
      rules: (opened) => retentionRules(opened, readTerminalSettings(env)),
      confirmed: (opened) =>
        askTime(createUpstreamStore(opened), {
          now: clock,
          logger: createLogger('terminal-agent', readTerminalSettings(env).LOG_LEVEL),
        }),
      unconfirmed:
        'The platform upstream did not tell the time, and the clock of this machine may be years ahead: try again when it answers.',
    },
  );

  const servedCinemas = (opened: Store<TerminalTables>) =>
    createServedCinemas(
      createUpstreamStore(opened),
      () => loadKeyStatus(opened),
      readTerminalSettings(env).CINEMA_CODES,
    ).served();
  reportCommands(program, {
    sends: true,
    checkedBy: 'Gate',
    now: clock,
    store,
    sourceOf: (opened) => ({ store: opened, cinemas: () => servedCinemas(opened), besides: scanReports(opened) }),
  });
  reconcileCommand(program, {
    store,
    upstreamsOf: (opened) => createUpstreamStore(opened),
    cinemas: servedCinemas,
    extensions: SPOKEN_UPSTREAM,
    deadline: TERMINAL_DEADLINE,
    now: clock,
    logger: () => createLogger('terminal-agent', 'warn'),
  });

  program
    .command('scans')
    .description('scans made at this terminal')
    .command('list')
    .description('print scans, admitted or not, as lines of JSON, oldest first')
    .option('--last <count>', 'only the newest ones', wholeCount, 1000)
    .action(({ last }: { last: number }) =>
      store.look({ name: 'scans list', what: { last } }, async (opened, print) => {
        for await (const scan of listScans(opened, last)) print(scan);
      }),
    );

  keyCommands(program, clock, () =>
    store.read(async (opened) => (await loadKeyStatus(opened)).map((keys) => ({ cinemaCode: keys.cinemaCode, keys }))),
  );
  operatorCommands(program, { store, now: clock });
  tokenCommands(program, { store, now: clock });
  auditCommands(program, store);

  return program;
}

async function serve(env: Env, clock: Clock): Promise<void> {
  const settings = readTerminalSettings(env);
  const logger = createLogger('terminal-agent', settings.LOG_LEVEL);
  const scanners = plannedScanners(settings, logger);
  // Commands start sooner without it.
  const { startTerminalAgent } = await import('./app.ts');
  const agent = await startTerminalAgent({ env, clock, logger, scanners });
  // Whoever reads the notice may ask the agent to stop at once.
  const stopped = serveUntilStopped(agent, logger);
  for (const file of listSetAside(settings.DATABASE_URL)) {
    printNotice(`A damaged database lies in ${file}; \`records salvage ${file}\` takes back what can be read of it.`);
  }
  printNotice(`Its console, with /health and /metrics, is at ${agent.consoleUrl}.`);
  printNotice(`The kiosk page, for a browser on this machine, is at ${agent.url}/kiosk.`);
  printNotice(`The terminal agent listens on ${agent.url}.`);
  await stopped;
}

function wholeCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 up.');
  return Number(text);
}
