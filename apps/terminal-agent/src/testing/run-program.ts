import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { commandsOf, startProgram } from '@ticket-check/runtime/testing';
import { onTestFinished } from 'vitest';
import { createTerminalProgram } from '../cli.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));

export const runCommand = commandsOf(MAIN, createTerminalProgram);

/** Starts a command in a process of its own, which ends with the test; its input remains open. */
export function startCommand(args: readonly string[], env: Record<string, string>) {
  const program = startProgram(MAIN, args, env, null);
  onTestFinished(async () => void (await program.kill('SIGKILL')));
  return program;
}

/** Runs `serve` as a process of its own; resolves once it listens. */
export async function startServing(env: Record<string, string>) {
  const { child, output, said, kill } = startCommand(['serve'], env);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    url: await said(/listens on (https:\S+)\.\n/),
    consoleUrl: await said(/console.* is at (https:\S+)\.\n/),
    /** The lines that it has written to standard error so far. */
    said: () => output.stderr.split('\n'),
    /** Its standard input, into which scanners type. */
    stdin: child.stdin,
    /** Types a text as a scanner does, and reads its verdict. */
    async scan(text: string): Promise<Record<string, unknown>> {
      child.stdin.write(text);
      return JSON.parse((await lines.next()).value as string);
    },
    /** Ends the reading of verdicts, as a display that is closed does. */
    leaveVerdicts: () => void child.stdout.destroy(),
    kill,
  };
}
