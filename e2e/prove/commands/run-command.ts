import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CommandAsked, CommandEnded } from './messages.ts';

const RUNNER = fileURLToPath(new URL('command-runner.ts', import.meta.url));

const waiting = new Map<number, PromiseWithResolvers<CommandEnded>>();
let runner: ChildProcess | undefined;
let asked = 0;

/**
 * Runs a command of a service to its end and resolves to its standard output; rejects with its standard error where it fails. All
 * commands run in one process that stays: reading the program takes ten times as long as most of them. It is not this process,
 * which measures times. Standard input is not for them.
 */
export async function runCommand(command: Omit<CommandAsked, 'id'>): Promise<string> {
  runner ??= start();
  const id = ++asked;
  const ended = Promise.withResolvers<CommandEnded>();
  waiting.set(id, ended);
  hold(runner);
  runner.send({ ...command, id } satisfies CommandAsked);
  const { code, stdout, stderr } = await ended.promise;
  if (code === 0) return stdout;
  throw new Error(`${command.role} ${command.args.join(' ')} ended with ${code}: ${stderr.trim()}`);
}

function start(): ChildProcess {
  const child = fork(RUNNER, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.on('message', (message) => {
    const ended = message as CommandEnded;
    waiting.get(ended.id)?.resolve(ended);
    waiting.delete(ended.id);
    if (waiting.size === 0) letGo(child);
  });
  child.once('exit', (code, signal) => {
    runner = undefined;
    for (const { reject } of waiting.values()) reject(new Error(`the runner of commands ended: ${signal ?? code}`));
    waiting.clear();
  });
  return child;
}

/** As long as a command runs, this process does not end by itself. */
function hold(child: ChildProcess): void {
  child.ref();
  child.channel?.ref();
}

function letGo(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}
