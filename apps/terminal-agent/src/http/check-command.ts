import type { CommandStore } from '@ticket-check/operators';
import { printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { TerminalSettings } from '../config.ts';
import { askRunningAgent, assertServed } from './ask-agent.ts';

/** Defines `check`, which scans a text through the running agent. */
export function checkCommand<DB>(
  command: Command,
  { store, settings }: { store: Pick<CommandStore<DB>, 'changeInParts'>; settings(): Promise<TerminalSettings> },
): void {
  command.action(async (text: string, { gate }: { gate?: string }) => {
    const read = await settings();
    await assertServed(read);
    const verdict = await store.changeInParts(
      { name: 'check', what: { gate: gate ?? null }, needs: 'tickets.check' },
      () => askRunningAgent(read, text, gate),
      ({ Verdict, RecordId }) => ({ verdict: Verdict, recordId: RecordId ?? null }),
    );
    printResult(JSON.stringify(verdict));
  });
}
