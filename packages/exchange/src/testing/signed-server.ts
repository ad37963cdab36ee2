import type { AddressInfo } from 'node:net';
import { type GetPublicKeysQuery, getPublicKeysQuery, type ReportQuery, reportQuery } from '@ticket-check/protocol';
import { freePort } from '@ticket-check/runtime/testing';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import { unservedPaths } from '../server/serve-signed-apis.ts';
import { type Call, type SignedApi, signedApi } from '../server/signed-api.ts';
import { type SignedApisOptions, signedApis } from '../server/signed-apis.ts';
import { NOON } from './accounts.ts';
import { keptLog } from './requests.ts';
import { sharedTls, type TestTls } from './tls.ts';

export type SignedServer = { url: string; ca: string; port: number; close(): Promise<void> };

/** What the server of most tests is: at noon, without extensions. */
const USUAL = {
  now: () => NOON,
  extensions: [],
  currentGeneration: () => ({ generation: 'generation-1', replaces: ['generation-0'] }),
};

/** Serves signed Apis over real TLS on a free port of 127.0.0.1, or on the port named. */
export async function startSignedServer(
  options: Partial<SignedApisOptions> &
    Pick<SignedApisOptions, 'apis' | 'accounts'> & { tls?: TestTls; port?: number; logger?: FastifyBaseLogger },
): Promise<SignedServer> {
  const { tls = await sharedTls(), port = await freePort(), logger, ...given } = options;
  const signed = { ...USUAL, ...given };
  const app = fastify({
    https: { cert: tls.cert, key: tls.key },
    ...(logger === undefined ? {} : { loggerInstance: logger }),
    forceCloseConnections: true,
  }) as unknown as FastifyInstance;
  await app.register(signedApis, signed);
  await app.register(unservedPaths, signed);
  await app.listen({ host: '127.0.0.1', port });
  const address = app.server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${address.port}`, ca: tls.ca, port: address.port, close: () => app.close() };
}

/** The same without a socket, for requests that are injected, and what it logs. */
export async function injectedServer(
  options: Partial<SignedApisOptions> & Pick<SignedApisOptions, 'apis' | 'accounts'>,
) {
  const { logger: loggerInstance, lines } = keptLog();
  const logController = new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' });
  const app = fastify({ loggerInstance, logController }) as unknown as FastifyInstance;
  await app.register(signedApis, { ...USUAL, ...options });
  return { app, lines };
}

export const REPORT = 'ReportOriginalCheckTickets';

/** It, answered as the test wants it. */
export function reportApi(handle: (query: ReportQuery, call: Call) => Promise<unknown>): SignedApi {
  const spoken = { name: REPORT, role: 'platform', priority: 'question', bulk: true } as const;
  return signedApi({ ...spoken, query: reportQuery, cinemasOf: ({ cinemaCode }) => [cinemaCode], handle });
}

/** GetPublicKeys, answered as the test wants it. */
export function keysApi(handle: (query: GetPublicKeysQuery, call: Call) => Promise<unknown>): SignedApi {
  const spoken = { name: 'GetPublicKeys', role: 'platform', priority: 'keys' } as const;
  return signedApi({ ...spoken, query: getPublicKeysQuery, cinemasOf: ({ cinemaCode }) => [cinemaCode], handle });
}
