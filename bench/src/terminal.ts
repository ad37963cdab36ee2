import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, openConnection, postRequest } from './load.ts';
import { type Bundle, openService, type Place } from './service.ts';

/** After a scan of the warming up that was not admitted. */
const REST_MS = 200;

export type Terminal = Awaited<ReturnType<typeof startTerminal>>;

/** Resolves when it confirms admissions: one that was just started has no keys. `warmUp`: codes that are scanned until then, and nobody uses afterwards. */
export async function startTerminal(place: Place, account: Bundle | undefined, warmUp: readonly string[]) {
  const terminal = openService('terminal-agent', place);
  await terminal.setUpstream(account);
  await terminal.start();
  const Authorization = `Bearer ${readFileSync(`${terminal.directory}/scan.token`, 'utf8').trim()}`;
  const request = (text: string) => postRequest(JSON.stringify({ Text: text }), { Authorization }, '/scan');
  await warmUpWith(warmUp.map(request), openConnection(terminal.target()));
  return { target: terminal.target, pid: terminal.pid, request, stop: terminal.stop };
}

async function warmUpWith(scans: readonly Buffer[], connection: Connection): Promise<void> {
  await connection.opened;
  let last = '';
  for (const scan of scans) {
    last = (await connection.ask(scan)).text;
    if (!isAdmitted(last, true)) await delay(REST_MS);
  }
  connection.close();
  if (!isAdmitted(last, true)) throw new Error(`the terminal does not confirm admissions: ${last.slice(-600)}`);
}

export const isAdmitted = (answer: string, confirmed: boolean): boolean =>
  answer.includes('"Verdict":"ADMIT"') && answer.includes(`"Confirmed":${confirmed}`);
