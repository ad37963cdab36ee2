import { once } from 'node:events';
import { get, type RequestOptions } from 'node:https';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { createLogger } from '../logger.ts';
import { type RunningServer, type ServerOptions, startServer } from '../server.ts';
import { testTls } from './certificate.ts';
import { LISTENERS } from './free-port.ts';

const USUAL = { name: 'box', version: '1.2.3', settings: LISTENERS, tls: testTls, register: () => {} };

/** A server at ports of its own that serves nothing unless told otherwise, until the test ends. */
export async function startTestServer(more: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({ ...USUAL, logger: createLogger('test', 'silent'), ...more });
  onTestFinished(() => server.close());
  return server;
}

/** What a server with the certificate of tests answers, over a connection of its own unless told otherwise. */
export async function askServer(url: string, options: RequestOptions = {}) {
  const [response] = await once(get(url, { ca: testTls.cert, agent: false, ...options }), 'response');
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}
