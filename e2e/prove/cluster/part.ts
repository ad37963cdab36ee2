import { type ChildProcess, spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** What systemd waits before it starts a service again. */
const RESTART_MS = 500;
const LAST_LINES = 15;

/** A program of the cluster that is started again when it ends, as systemd does. */
export type Part = ReturnType<typeof startPart>;

export interface PartOptions {
  name: string;
  command: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** Where its output goes. */
  log: string;
  user: { uid: number; gid: number } | undefined;
}

export function startPart({ name, command, env, log, user }: PartOptions) {
  const output = openSync(log, 'a');
  let child: ChildProcess | undefined;
  let isStopping = false;
  let mayReturn: Promise<unknown> = Promise.resolve();

  function start(): void {
    const [program = '', ...args] = command;
    // Ends with this process, also when that is killed. The signal is set for the user that it has afterwards.
    const as = user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
    child = spawn('setpriv', ['--pdeathsig=KILL', ...as, program, ...args], {
      env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ...env },
      stdio: ['ignore', output, output],
      cwd: '/',
    });
    child.once('error', () => {});
    child.once('exit', async () => {
      await Promise.all([delay(RESTART_MS), mayReturn]);
      if (!isStopping) start();
    });
  }
  start();

  return {
    name,
    get pid() {
      return child?.pid;
    },
    /** SIGKILL; it is started again once this is fulfilled. */
    kill(back: Promise<unknown> = Promise.resolve()): void {
      mayReturn = back;
      child?.kill('SIGKILL');
    },
    async stop(): Promise<void> {
      isStopping = true;
      child?.kill('SIGKILL');
      while (child?.exitCode === null && child.signalCode === null) await delay(10);
    },
    lastWords: () => `${name}: ${readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n')}`,
  };
}
