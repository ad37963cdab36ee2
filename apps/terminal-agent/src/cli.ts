import { reconcileCommand, reportCommands, retentionCommands } from '@ticket-check/check-records/program';
import { upstreamCommands } from '@ticket-check/exchange/program';
import { keyCommands } from '@ticket-check/key-cache/program';
import { auditCommands, createCommandStore, operatorCommands, tokenCommands } from '@ticket-check/operators/program';
import type { Clock } from '@ticket-check/runtime';
import { createProgram, lateCommand } from '@ticket-check/runtime/program';
import type { Command } from 'commander';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The commands of the terminal agent. Those that use the store also work beside a running `serve`. The code of a command is
 * loaded when it runs.
 */
export function createTerminalProgram(env: Env, now: Clock): Command {
  const program = createProgram(
    'terminal-agent',
    'Checks tickets at a cinema door and sends the check records upstream.',
  );

  program
    .command('serve')
    .description('run the agent until it is stopped')
    .option('--stdin', 'scan lines of standard input, print their verdicts')
    .action(async (options: { stdin?: boolean }) => (await import('./serve.ts')).serve(env, now, options));

  const settings = async () => (await import('./config.ts')).readTerminalSettings(env);
  const store = createCommandStore(program, {
    settings,
    open: async (read) => (await import('./open-store.ts')).openTerminalStore(read),
    now,
  });
  const given = { env, store, now };
  const ofRecords = () => import('./record-commands.ts');

  upstreamCommands(program, { store });
  const check = 'scan once through the running agent and print the verdict';
  lateCommand(program, 'check', check, async (command) =>
    (await import('./http/check-command.ts')).checkCommand(command, { store, settings }),
  )
    .argument('<text>', 'what a scanner would send')
    .option('--gate <name>', 'gate of the scan; default: the usual one');
  lateCommand(program, 'scanner', "try this terminal's scanners", async (scanner) =>
    (await import('./scanner/trial/scanner-test-command.ts')).scannerTestCommand(scanner, settings),
  );
  lateCommand(program, 'records', 'work with check records', async (records) =>
    (await ofRecords()).recordCommands(records, given),
  );
  lateCommand(program, 'entries', "correct this terminal's admissions as a supervisor", async (entries) => {
    (await import('./undo/undo-command.ts')).undoCommand(entries, { store, now });
    (await import('./override/override-command.ts')).overrideCommand(entries, { store, now });
  });
  lateCommand(program, 'gate', "work with this terminal's gates", async (gate) => {
    const plans = async () => (await settings()).driverPlans;
    (await import('./gate/commands/gate-commands.ts')).gateCommands(gate, { store, plans });
  });
  retentionCommands(program, async () => (await ofRecords()).retentionParts(given));
  reportCommands(program, async () => (await ofRecords()).reportParts(given));
  reconcileCommand(program, async () => (await ofRecords()).reconcileParts(given));
  lateCommand(program, 'scans', "list this terminal's scans", async (scans) =>
    (await import('./journal/scans-command.ts')).scansCommand(scans, store),
  );
  keyCommands(program, now, () =>
    store.read(async (opened) => {
      const { loadKeyStatus } = await import('@ticket-check/key-cache');
      return (await loadKeyStatus(opened)).map((keys) => ({ cinemaCode: keys.cinemaCode, keys }));
    }),
  );
  operatorCommands(program, { store, now });
  tokenCommands(program, { store, now });
  auditCommands(program, store);

  return program;
}
