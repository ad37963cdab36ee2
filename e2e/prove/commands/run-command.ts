import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Role } from '@ticket-check/simulators/dev-network';
import type { Ended } from '../../testing/program.ts';

const RUNNER = fileURLToPath(new URL('command-runner.ts', import.meta.url));

/** A command to be run, with its whole environment. */
export interface CommandAsked {
  id: number;
  role: Role;
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
}

export type CommandEnded = Ended & { id: number };

/** A process that runs commands. */
interface Runner {
  process: ChildProcess;
  waiting: Map<number, PromiseWithResolvers<CommandEnded>>;
}

const runners = new Map<string, Runner>();
let asked = 0;

/**
 * Runs a command of a service to its end, without standard input. Commands run in processes that stay: reading the program takes
 * ten times as long as most of them. An environment that preloads a library has a process of its own, since it is read when a
 * process starts; all others share one. It is not this process, which measures times.
 */
export function runCommand(role: Role, args: readonly string[], env: CommandAsked['env']): Promise<Ended> {
  const key = keyOf(env);
  const runner = runners.get(key) ?? start(key, env);
  const id = ++asked;
  const ended = Promise.withResolvers<CommandEnded>();
  runner.waiting.set(id, ended);
  hold(runner.process);
  runner.process.send({ id, role, args, env } satisfies CommandAsked);
  return ended.promise;
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
