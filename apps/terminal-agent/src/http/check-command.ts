import type { CommandStore } from '@ticket-check/operators';
import { printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { TerminalSettings } from '../config.ts';
import { askRunningAgent, assertServed } from './ask-agent.ts';

/** Adds `check <text>`, which scans a text through the running agent. */
export function checkCommand<DB>(
  program: Command,
  { store, settings }: { store: Pick<CommandStore<DB>, 'changeInParts'>; settings(): TerminalSettings },
): void {
  program
    .command('check')
    .description('scan once through the running agent and print the verdict')
    .argument('<text>', 'what a scanner would send')
    .option('--gate <name>', 'gate of the scan; default: the usual one')
    .action(async (text: string, { gate }: { gate?: string }) => {
      const read = settings();
      await assertServed(read);
      const verdict = await store.changeInParts(
        { name: 'check', what: { gate: gate ?? null }, needs: 'tickets.check' },
        () => askRunningAgent(read, text, gate),
        ({ Verdict, RecordId }) => ({ verdict: Verdict, recordId: RecordId ?? null }),
      );
      printResult(JSON.stringify(verdict));
    });
}
