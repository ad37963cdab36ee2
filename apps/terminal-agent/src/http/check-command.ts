import { request } from 'node:https';
import { json } from 'node:stream/consumers';
import { loadServiceCertificate } from '@ticket-check/exchange';
import type { CommandStore } from '@ticket-check/operators';
import { ExpectedError, printResult } from '@ticket-check/runtime';
import type { Command } from 'commander';
import type { TerminalSettings } from '../config.ts';
import { loadScanToken } from '../secrets/secret-file.ts';

/** Adds `check <text>`, which scans a text through the running agent. */
export function checkCommand<DB>(
  program: Command,
  { store, settings }: { store: Pick<CommandStore<DB>, 'changeInParts'>; settings(): TerminalSettings },
): void {
  program
    .command('check')
    .description('scan once through the running agent and print the verdict')
    .argument('<text>', 'what a scanner would send')
    .option('--gate <name>', 'gate of the scan; default: the usual one')
    .action(async (text: string, { gate }: { gate?: string }) => {
      const read = settings();
      const token = await servedToken(read);
      const verdict = await store.changeInParts(
        { name: 'check', what: { gate: gate ?? null }, needs: 'tickets.check' },
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
  const host = HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST;
  const { status, body } = await post(host, PORT, trustIn(cert, ca), token, scan);
  if (status === 200) return body;
  throw new ExpectedError(
    `The terminal agent on ${host} port ${PORT} refused the scan: ${body.ErrorMessage ?? status}.`,
  );
}

/** @throws ExpectedError if no agent has served from the data directory yet */
async function servedToken({ DATA_DIR }: Pick<TerminalSettings, 'DATA_DIR'>): Promise<string> {
  const token = await loadScanToken(DATA_DIR);
  if (token !== null) return token;
  throw new ExpectedError(`No terminal agent has served from ${DATA_DIR} yet: start it with \`serve\`.`);
}

/** Pins the certificate itself, since one made elsewhere may not name this machine's address. */
function trustIn(cert: string, ca: string | null) {
  if (ca !== null) return { ca };
  return { ca: cert, allowPartialTrustChain: true, checkServerIdentity: () => undefined };
}

async function post(
  host: string,
  port: number,
  trust: object,
  token: string,
  body: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: Record<string, unknown> }>();
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const call = request(
    { host, port, path: '/scan', method: 'POST', headers, timeout: 30_000, ...trust },
    (response) => {
      json(response).then(
        (answer) => resolve({ status: response.statusCode ?? 0, body: answer as Record<string, unknown> }),
        reject,
      );
    },
  );
  call.on('timeout', () => call.destroy(new Error('it did not answer within 30 s')));
  call.on('error', reject);
  call.end(JSON.stringify(body));
  try {
    return await promise;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ECONNREFUSED' ? 'nothing listens there' : message;
    throw new ExpectedError(`No terminal agent answers on ${host} port ${port} (${reason}).`, { cause: error });
  }
}
