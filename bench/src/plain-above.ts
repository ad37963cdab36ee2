import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TicketRow } from '@ticket-check/protocol';
import type { Platforms } from './platforms.ts';

export type ToPlainServer = 'calls' | { tickets: readonly TicketRow[]; publicKey: string; startTime: string };
export type FromPlainServer = { bundle: unknown } | { calls: number };

const SERVER = fileURLToPath(new URL('./plain-server.ts', import.meta.url));

/**
 * Puts a national platform that speaks the scheme and nothing more in the place of the one that was started: in a process of
 * its own, in memory, with the same tickets. Resolves when the third-party platform has its keys and its line is up.
 */
export async function putPlainAbove<Name extends string>(platforms: Platforms<Name>) {
  const { national, thirdParty, tickets, ukey } = platforms;
  const child = fork(SERVER);
  async function ask(message: ToPlainServer): Promise<FromPlainServer> {
    const answered = once(child, 'message');
    child.send(message);
    const [answer] = await answered;
    return answer;
  }
  const { PublicKey: publicKey, StartTime: startTime } = ukey.row;
  const answer = await ask({ tickets, publicKey, startTime });
  if (!('bundle' in answer)) throw new Error('the plain national platform did not start');
  await national.stop();
  await thirdParty.command(['upstream', 'set', '-'], JSON.stringify(answer.bundle));
  await platforms.ready();
  return {
    pid: child.pid ?? Number.NaN,
    /** How many calls it was sent so far. */
    async calls(): Promise<number> {
      const counted = await ask('calls');
      return 'calls' in counted ? counted.calls : Number.NaN;
    },
    stop: () => void child.disconnect(),
  };
}
