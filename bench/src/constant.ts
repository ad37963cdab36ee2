import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wallClockAt, writeReply } from '@ticket-check/protocol';
import { ended, listening } from './processes.ts';
import type { Service } from './service.ts';

const CONSTANT_MAIN = fileURLToPath(new URL('./constant-server.ts', import.meta.url));

/** Starts a bare server that answers every POST with this ReplyData, under the certificates of a service beside it. */
export async function startConstant(beside: Service, name: string, port: number, replyData: unknown) {
  const { directory, caFile } = beside;
  const replyFile = join(directory, `${name}.json`);
  writeFileSync(replyFile, writeReply(wallClockAt(Date.now()), replyData));
  const tlsFiles = ['server.pem', 'server-p256.pem'].map((file) => join(directory, 'tls', file));
  const child = await listening([CONSTANT_MAIN, String(port), replyFile, ...tlsFiles], { port, caFile });
  return { target: () => ({ ...beside.target(), port }), stop: () => ended(child) };
}
