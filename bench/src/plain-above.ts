import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TicketRow } from '@ticket-check/protocol';
import type { Platforms } from './platforms.ts';

export type ToPlainServer = { tickets: readonly TicketRow[]; publicKey: string; startTime: string };
export type FromPlainServer = { bundle: unknown };

const SERVER = fileURLToPath(new URL('./plain-server.ts', import.meta.url));

/**
 * Replaces the started national platform by one that speaks only the scheme, in a process of its own, in memory, with the same
 * tickets. Resolves when the third-party platform has its keys and its line is up.
 */
export async function putPlainAbove<Name extends string>(platforms: Platforms<Name>) {
  const { national, thirdParty, tickets, ukey } = platforms;
  const child = fork(SERVER);
  const { PublicKey: publicKey, StartTime: startTime } = ukey.row;
  const answered = once(child, 'message');
  child.send({ tickets, publicKey, startTime } satisfies ToPlainServer);
  const [answer]: FromPlainServer[] = await answered;
  await national.stop();
  await thirdParty.command(['upstream', 'set', '-'], JSON.stringify(answer?.bundle));
  await platforms.ready();
  return {
    pid: child.pid ?? Number.NaN,
    stop: () => void child.disconnect(),
  };
}
