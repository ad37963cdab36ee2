import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createSecureContext } from 'node:tls';
import { type FastifyInstance, fastify, LogController } from 'fastify';
import { CommandFailure } from './command-failure.ts';
import { answerErrors } from './error-answers.ts';
import type { Logger } from './logger.ts';
import { RequestLogger } from './request-logger.ts';
import { httpsUrl, localHost } from './settings.ts';

/** PEM texts of a certificate chain and its private key. */
export type TlsPair = { cert: string; key: string };

/**
 * An app that speaks HTTPS (TLS 1.2 or newer). Every reply carries its request id as `x-request-id`, which the log lines
 * of that request carry as `requestId`.
 *
 * @throws CommandFailure when the certificate or its key is unusable.
 */
export function createApp(tls: TlsPair, logger: Logger): FastifyInstance {
  assertUsable(tls);
  const app = fastify({
    https: { cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2', handshakeTimeout: 30_000 },
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // A caller's own id could forge or flood log lines.
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    childLoggerFactory: (parent, bindings) => new RequestLogger(parent, bindings),
    trustProxy: false,
    requestTimeout: 60_000,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  answerErrors(app as unknown as FastifyInstance);
  // Plugins are typed for the default server type; nothing they may use differs between http and https.
  return app as unknown as FastifyInstance;
}

function assertUsable(tls: TlsPair): void {
  try {
    createSecureContext({ cert: tls.cert, key: tls.key });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`The TLS certificate and its private key cannot be used (${reason}).`, { cause: error });
  }
}

const LISTEN_FAULTS: Record<string, string> = {
  EADDRINUSE: 'another program already listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'that host name is not known',
  EAI_AGAIN: 'that host name cannot be resolved now',
};

/**
 * Opens the port and answers where the app is reached: 127.0.0.1 where the host is 0.0.0.0, the real port where it was 0.
 *
 * @throws CommandFailure when the address cannot be listened on.
 */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<{ url: string; port: number }> {
  try {
    // Thousands of terminals reconnect at once when a platform restarts; the default of 511 makes them wait for retries.
    await app.listen({ host, port, backlog: 4096, listenTextResolver: (address) => `listening on ${address}` });
  } catch (error) {
    const reason = LISTEN_FAULTS[(error as NodeJS.ErrnoException).code ?? ''];
    if (reason === undefined) throw error;
    throw new CommandFailure(`Cannot listen on ${host} port ${port}: ${reason}.`, { cause: error });
  }
  const { port: given } = app.server.address() as AddressInfo;
  return { url: httpsUrl(localHost(host), given), port: given };
}

/** Stops accepting, lets requests under way finish for at most `drainMs`, and then closes. */
export async function drain(app: FastifyInstance, drainMs: number, logger: Logger): Promise<void> {
  // A connection is kept alive after its last answer, and nobody closes it then but us.
  const sweep = setInterval(() => app.server.closeIdleConnections(), 50);
  // A connection that never completes its request would hold the server open for ever.
  const deadline = setTimeout(() => {
    logger.warn({ drainMs }, 'requests still under way were cut off');
    app.server.closeAllConnections();
  }, drainMs);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(deadline);
  }
}
