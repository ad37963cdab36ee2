import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CommandAsked, CommandEnded } from './messages.ts';

const RUNNER = fileURLToPath(new URL('command-runner.ts', import.meta.url));

/** A process that runs commands. */
interface Runner {
  process: ChildProcess;
  waiting: Map<number, PromiseWithResolvers<CommandEnded>>;
}

const runners = new Map<string, Runner>();
let asked = 0;

/**
 * Runs a command of a service to its end and resolves to its standard output; rejects with its standard error where it fails.
 * Commands run in processes that stay: reading the program takes ten times as long as most of them. Those of an environment into
 * which a library is preloaded have a process of their own with just that environment, as it is read when a process starts; all
 * others share one. It is not this process, which measures times. Standard input is not for them.
 */
export async function runCommand(command: Omit<CommandAsked, 'id'>): Promise<string> {
  const key = keyOf(command.env);
  const runner = runners.get(key) ?? start(key, command.env);
  const id = ++asked;
  const ended = Promise.withResolvers<CommandEnded>();
  runner.waiting.set(id, ended);
  hold(runner.process);
  runner.process.send({ ...command, id } satisfies CommandAsked);
  const { code, stdout, stderr } = await ended.promise;
  if (code === 0) return stdout;
  throw new Error(`${command.role} ${command.args.join(' ')} ended with ${code}: ${stderr.trim()}`);
}

/** Kills the process that runs the commands of an environment, if any, and resolves when it is gone. */
export async function killRunner(env: CommandAsked['env']): Promise<void> {
  const runner = env.LD_PRELOAD === undefined ? undefined : runners.get(keyOf(env));
  if (runner === undefined) return;
  const gone = once(runner.process, 'exit');
  hold(runner.process);
  runner.process.kill('SIGKILL');
  await gone;
}

const keyOf = (env: CommandAsked['env']): string => (env.LD_PRELOAD === undefined ? '' : JSON.stringify(env));

function start(key: string, env: CommandAsked['env']): Runner {
  const child = fork(RUNNER, {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    ...(env.LD_PRELOAD !== undefined && { env }),
  });
  const waiting: Runner['waiting'] = new Map();
  child.on('message', (message) => {
    const ended = message as CommandEnded;
    waiting.get(ended.id)?.resolve(ended);
    waiting.delete(ended.id);
    if (waiting.size === 0) letGo(child);
  });
  child.once('exit', (code, signal) => {
    runners.delete(key);
    for (const { reject } of waiting.values()) reject(new Error(`the runner of commands ended: ${signal ?? code}`));
    waiting.clear();
  });
  const runner = { process: child, waiting };
  runners.set(key, runner);
  return runner;
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
