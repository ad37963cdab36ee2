import { reconcileCommand, reportCommands, retentionCommands } from '@ticket-check/check-records';
import { upstreamCommands } from '@ticket-check/exchange';
import { keyCommands, loadKeyStatus } from '@ticket-check/key-cache';
import { auditCommands, createCommandStore, operatorCommands, tokenCommands } from '@ticket-check/operators';
import { type Clock, createProgram } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { readTerminalSettings } from './config.ts';
import { gateCommands } from './gate/commands/gate-commands.ts';
import { checkCommand } from './http/check-command.ts';
import { scansCommand } from './journal/scans-command.ts';
import { openTerminalStore } from './open-store.ts';
import { overrideCommand } from './override/override-command.ts';
import { reconcileParts, recordCommands, reportParts, retentionParts } from './record-commands.ts';
import { scannerTestCommand } from './scanner/trial/scanner-test-command.ts';
import { serve } from './serve.ts';
import { undoCommand } from './undo/undo-command.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The commands of the terminal agent. Those that use the store also work beside a running `serve`. */
export function createTerminalProgram(env: Env, now: Clock): Command {
  const program = createProgram(
    'terminal-agent',
    'Checks tickets at a cinema door and sends the check records upstream.',
  );

  program
    .command('serve')
    .description('run the agent until it is stopped')
    .option('--stdin', 'scan lines of standard input, print their verdicts')
    .action((options: { stdin?: boolean }) => serve(env, now, options));

  const settings = () => readTerminalSettings(env);
  const store = createCommandStore(program, { settings, open: openTerminalStore, now });
  const given = { env, store, now };

  upstreamCommands(program, { store });
  checkCommand(program, { store, settings });
  scannerTestCommand(program, settings);
  recordCommands(program, given);
  const entries = program.command('entries').description("correct this terminal's admissions as a supervisor");
  undoCommand(entries, { store, now });
  overrideCommand(entries, { store, now });
  gateCommands(program, { store, plans: () => settings().driverPlans });
  retentionCommands(program, retentionParts(given));
  reportCommands(program, reportParts(given));
  reconcileCommand(program, reconcileParts(given));
  scansCommand(program, store);
  keyCommands(program, now, async () => {
    const loaded = await store.read(loadKeyStatus);
    return loaded.map((keys) => ({ cinemaCode: keys.cinemaCode, keys }));
  });
  operatorCommands(program, { store, now });
  tokenCommands(program, { store, now });
  auditCommands(program, store);

  return program;
}
