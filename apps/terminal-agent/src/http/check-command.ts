import { loadServiceCertificate } from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import { ExpectedError, localHost, printResult, reasonOf } from '@ticket-check/runtime';
import type { Command } from 'commander';
import { Agent, request } from 'undici';
import type { TerminalSettings } from '../config.ts';
import { loadScanToken } from '../secrets/secret-file.ts';

const ANSWER_MS = 30_000;

export function checkCommand<DB>(
  program: Command,
  { store, settings }: { store: Pick<CommandStore<DB>, 'change'>; settings(): TerminalSettings },
): void {
  program
    .command('check')
    .description('scan once through the running agent and print the verdict')
    .argument('<text>', 'what a scanner would send')
    .option('--gate <name>', 'gate of the scan; default: the usual one')
    .action(async (text: string, { gate }: { gate?: string }) => {
      const read = settings();
      const token = await loadScanToken(read.DATA_DIR);
      if (token === null)
        throw new ExpectedError(`No terminal agent has served from ${read.DATA_DIR} yet: start it with \`serve\`.`);
      const verdict = await store.change(
        { name: 'check', what: { gate: gate ?? null }, needs: 'tickets.check', inParts: true },
        () => askRunningAgent(read, token, { Text: text, ...(gate !== undefined && { Gate: gate }) }),
        ({ Verdict, RecordId }) => ({ verdict: Verdict, recordId: RecordId ?? null }),
      );
      printResult(JSON.stringify(verdict));
    });
}

/**
 * Makes a scan through the agent that runs on this data directory, and returns its verdict as JSON.
 *
 * @throws ExpectedError when no agent runs there, or it does not take the token.
 */
async function askRunningAgent(
  settings: TerminalSettings,
  token: string,
  scan: object,
): Promise<Record<string, unknown>> {
  const { HOST, PORT } = settings;
  const { cert, ca } = await loadServiceCertificate(settings);
  const host = localHost(HOST);
  // The certificate itself is pinned if no CA is known: one made elsewhere may not name this machine's address.
  const pinned = { ca: cert, allowPartialTrustChain: true, checkServerIdentity: () => undefined };
  const dispatcher = new Agent({ connect: ca === null ? pinned : { ca } });
  try {
    const reply = await request(`https://${host.includes(':') ? `[${host}]` : host}:${PORT}/scan`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(scan),
      signal: AbortSignal.timeout(ANSWER_MS),
      dispatcher,
    });
    const answer = (await reply.body.json()) as Record<string, unknown>;
    if (reply.statusCode === 200) return answer;
    const reason = answer.ErrorMessage ?? reply.statusCode;
    throw new ExpectedError(`The terminal agent on ${host} port ${PORT} refused the scan: ${reason}.`);
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    const reason = reasonOf(error) === 'ECONNREFUSED' ? 'nothing listens there' : (error as Error).message;
    throw new ExpectedError(`No terminal agent answers on ${host} port ${PORT} (${reason}).`, { cause: error });
  } finally {
    await dispatcher.close();
  }
}
