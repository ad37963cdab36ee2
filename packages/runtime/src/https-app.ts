import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, BlockList, Socket } from 'node:net';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import { type ConnectionFault, type ConnectionLimits, limitConnections } from './connection-limits.ts';
import { answerErrors } from './error-answers.ts';
import { ExpectedError } from './expected-error.ts';
import { createLogSampler, type LogSampler } from './log-sampler.ts';
import type { Logger } from './logger.ts';
import { expectProxyHeaders } from './proxy-header.ts';
import { httpsUrl, localHost } from './settings.ts';

export type TlsPair = {
  cert: string;
  key: string;
  /** Another pair whose key is of another kind. Each caller gets the one that it can verify, ECDSA before RSA. */
  alternative?: { cert: string; key: string };
};

/** Only authenticated encryption with forward secrecy. TLS 1.2 is for Java 8 and old .NET, which all offer ECDHE-RSA-AES128-GCM-SHA256. */
const SUITES = [
  ...['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'],
  ...['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ...['ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ...['ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ...['DHE-RSA-AES128-GCM-SHA256', 'DHE-RSA-AES256-GCM-SHA384'],
];

/** By default a hash of the command line: a session would not resume at a process that was started otherwise. */
const SESSION_ID_CONTEXT = 'ticket-check';

const HANDSHAKE_MS = 30_000;
const HEADERS_MS = 20_000;
const REQUEST_MS = 60_000;
const LOOK_FOR_SLOW_MS = 5000;
const KEEP_ALIVE_MS = 72_000;
/** For a connection without traffic; longer than any answer takes. */
const SILENCE_MS = 180_000;

export type AppOptions = {
  tls: TlsPair;
  logger: Logger;
  limits: ConnectionLimits;
  /** The proxies whose connections begin with a PROXY header. */
  proxies: BlockList;
  onFault(fault: ConnectionFault): void;
  /** Whether connections are closed after their next answer. */
  isStopping(): boolean;
  bodyLimit?: number;
};

export type HttpsApp = ReturnType<typeof createApp>;

/**
 * An app that speaks HTTPS (TLS 1.2 or newer) within the limits of connections. Every reply carries its request id as `x-request-id`,
 * which its log lines have as `requestId`. @throws ExpectedError if certificate or key is unusable.
 */
export function createApp({ tls, logger, limits, proxies, onFault, isStopping, bodyLimit }: AppOptions) {
  assertUsable(tls);
  const refusals = createLogSampler({ logger, summary: 'more requests were refused' });
  const closed = createLogSampler({ logger, summary: 'more connections were closed by a limit' });
  const servers: Server[] = [];
  const unsecured = new Set<Socket>();
  let ticketKeys: Buffer | undefined;
  const secure = (pair: TlsPair) => ({ ...secureOptions(pair), ...(ticketKeys && { ticketKeys }) });
  function serverFactory(handler: RequestListener): Server {
    const server = createServer(
      {
        ...secure(tls),
        handshakeTimeout: HANDSHAKE_MS,
        headersTimeout: HEADERS_MS,
        requestTimeout: REQUEST_MS,
        connectionsCheckingInterval: LOOK_FOR_SLOW_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        // A request without one is refused behind the limits of its connection.
        requireHostHeader: false,
      },
      handler,
    );
    server.setTimeout(SILENCE_MS);
    const onSecured = (accepted: Socket) => unsecured.delete(accepted);
    const note = limitConnections(server, { ...limits, onFault, onSecured, logger, sampler: closed });
    // A stop closes connections before their header too.
    expectProxyHeaders(server, proxies, (proxy) => isStopping() || note('no proxy header', proxy));
    server.prependListener('connection', (socket: Socket) => {
      unsecured.add(socket.once('close', () => unsecured.delete(socket)));
    });
    servers.push(server);
    return server;
  }
  const app = fastify({
    serverFactory: serverFactory as never,
    ...(bodyLimit !== undefined && { bodyLimit }),
    loggerInstance: logger,
    logController: new SampledNotFound(refusals),
    // An id taken from the request could forge or flood log lines.
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    childLoggerFactory: lazyChild,
    trustProxy: false,
    // What still arrives on an open connection is answered, and the connection closed.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // Routes parse what they are sent themselves; what Fastify would compile schemas with is a hundred modules.
    schemaController: { compilersFactory: { buildValidator: withoutSchemas, buildSerializer: withoutSchemas } },
  }) as unknown as FastifyInstance;
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (isStopping()) reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('onClose', async () => {
    refusals.close();
    closed.close();
  });
  answerErrors(app, refusals);
  return {
    app,
    /** Its listeners: two where the host name is localhost, otherwise one. */
    servers: servers as readonly Server[],
    useCertificate(pair: TlsPair): void {
      for (const server of servers) server.setSecureContext(secure(pair));
    },
    /** @param keys 48 bytes; tickets of other keys lead to a full handshake. */
    useTicketKeys(keys: Buffer): void {
      ticketKeys = keys;
      for (const server of servers) server.setTicketKeys(keys);
    },
    /** Closes connections whose TLS handshake is not complete. Node's servers know no connection before that. */
    closeUnsecured(): void {
      for (const socket of unsecured) socket.destroy();
    },
  };
}

/** The logger of one request: few requests write a line, and making a child logger takes 5 µs, so it is made at the first line. */
function lazyChild(parent: FastifyBaseLogger, bindings: Parameters<FastifyBaseLogger['child']>[0]): FastifyBaseLogger {
  let made: FastifyBaseLogger | undefined;
  const child = () => (made ??= parent.child(bindings));
  return {
    level: parent.level,
    fatal: (...line: Line) => child().fatal(...line),
    error: (...line: Line) => child().error(...line),
    warn: (...line: Line) => child().warn(...line),
    info: (...line: Line) => child().info(...line),
    debug: (...line: Line) => child().debug(...line),
    trace: (...line: Line) => child().trace(...line),
    silent: () => {},
    child: (...given) => child().child(...given),
  };
}

type Line = Parameters<FastifyBaseLogger['info']>;

function withoutSchemas(): never {
  throw new Error('no route has a schema');
}

function secureOptions(tls: TlsPair): SecureContextOptions {
  const secured = { minVersion: 'TLSv1.2', ciphers: SUITES.join(':'), dhparam: 'auto' } as const;
  return { ...keysOf(tls), ...secured, sessionIdContext: SESSION_ID_CONTEXT };
}

const pairsOf = (tls: TlsPair) => (tls.alternative === undefined ? [tls] : [tls, tls.alternative]);

export const keysOf = (tls: TlsPair) => ({
  cert: pairsOf(tls).map(({ cert }) => cert),
  key: pairsOf(tls).map(({ key }) => key),
});

/** Requests are not logged one by one; those for paths that do not exist in samples. */
class SampledNotFound extends LogController {
  readonly #refusals: LogSampler;

  constructor(refusals: LogSampler) {
    super({ disableRequestLogging: true, requestIdLogLabel: 'requestId' });
    this.#refusals = refusals;
  }

  override routeNotFound(request: FastifyRequest, _reply: FastifyReply): void {
    const line = { code: 'NOT_FOUND', remoteAddress: request.ip };
    this.#refusals.note('NOT_FOUND', request.ip, () => request.log.info(line, 'request refused'));
  }
}

/** @throws ExpectedError when the certificate or its key is unusable. */
export function assertUsable(tls: TlsPair): void {
  try {
    createSecureContext(keysOf(tls));
    for (const { cert, key } of pairsOf(tls)) {
      // OpenSSL compares only keys of the same kind.
      if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) continue;
      throw new Error('the key belongs to another certificate');
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ExpectedError(`The TLS certificate and its private key cannot be used (${reason}).`, { cause: error });
  }
}

const LISTEN_FAULTS: Record<string, string> = {
  EADDRINUSE: 'another program already listens there',
  EACCES: 'this user may not listen there',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ENOTFOUND: 'that host name is not known',
  EAI_AGAIN: 'that host name cannot be resolved now',
};

/** Opens the port; returns where the app is reached. @throws ExpectedError if the address cannot be listened on. */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<{ url: string; port: number }> {
  try {
    // Fastify does not know that the server it was given speaks TLS.
    const listenTextResolver = (address: string) => `listening on ${address.replace(/^http:/, 'https:')}`;
    // Thousands of terminals reconnect at once when a platform restarts; the default of 511 makes them wait for retries.
    await app.listen({ host, port, backlog: 4096, listenTextResolver });
  } catch (error) {
    const reason = LISTEN_FAULTS[(error as NodeJS.ErrnoException).code ?? ''];
    if (reason === undefined) throw error;
    throw new ExpectedError(`Cannot listen on ${host} port ${port}: ${reason}.`, { cause: error });
  }
  const { port: given } = app.server.address() as AddressInfo;
  return { url: httpsUrl(localHost(host), given), port: given };
}

/** Stops accepting, closes connections in their TLS handshake, lets requests under way finish for at most `drainMs`, and closes. */
export async function drain({ app, servers, closeUnsecured }: HttpsApp, drainMs: number, logger: Logger) {
  // Connections are kept alive after their last answer, so they have to be closed from here.
  const sweep = setInterval(() => {
    closeUnsecured();
    for (const server of servers) server.closeIdleConnections();
  }, 50);
  // A connection that never completes its request would hold the server open for ever.
  const deadline = setTimeout(() => {
    logger.warn({ drainMs }, 'cut off requests still under way');
    for (const server of servers) server.closeAllConnections();
  }, drainMs);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(deadline);
  }
}
