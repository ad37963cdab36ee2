// @module-tag slow
import { signedApis, unservedPaths } from '@ticket-check/exchange/service';
import { postRaw, testTls } from '@ticket-check/exchange/testing';
import { createLogger } from '@ticket-check/runtime';
import { startServer } from '@ticket-check/runtime/testing';
import type { FastifyInstance } from 'fastify';
import { expect, it } from 'vitest';
import { scanRoute } from './scan-route.ts';

const REFUSED = 45;
const IN_FULL = 20;
const GENERATION = { generation: 'generation-1', replaces: [] };

it.each<[string, (app: FastifyInstance) => Promise<void>, string, string]>([
  [
    'a terminal',
    async (app) => {
      await app.register(scanRoute, {
        token: 'secret',
        scan: () => Promise.reject(),
        isFromKiosk: () => false,
        onWrongToken: () => {},
      });
    },
    '/scan',
    'TOO_MANY_ATTEMPTS',
  ],
  [
    'a platform',
    async (app) => {
      const envelope = { now: Date.now, extensions: [], currentGeneration: () => GENERATION };
      await app.register(signedApis, { ...envelope, apis: [], accounts: {} as never });
      await app.register(unservedPaths, envelope);
    },
    '/',
    'INVALID_JSON',
  ],
])(
  '%s logs the first refusals of a kind in full and counts the others in one line',
  async (_who, register, path, code) => {
    const lines: Record<string, unknown>[] = [];
    const { cert, key, ca } = await testTls();
    const server = await startServer({
      name: 'box',
      version: '1.2.3',
      settings: {
        HOST: '127.0.0.1',
        PORT: 0,
        CONSOLE_HOST: '127.0.0.1',
        CONSOLE_PORT: 0,
        MAX_CONNECTIONS: 100,
        MAX_CONNECTIONS_PER_ADDRESS: 100,
      },
      logger: createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) }),
      tls: { cert, key },
      register,
    });
    await Promise.all(Array.from({ length: REFUSED }, () => postRaw(`${server.url}${path}`, 'nonsense', { ca })));
    await postRaw(`${server.url}/nowhere`, '', { ca, method: 'GET' });
    await server.close();

    const refused = lines.filter(({ msg }) => msg === 'request refused');
    const ofKind = refused.filter((line) => line.code === code);
    expect(ofKind[0]).toMatchObject({ remoteAddress: '127.0.0.1', requestId: expect.any(String) });
    const more = lines.filter(({ msg, kind }) => msg === 'more requests were refused' && kind === code);
    expect(more.length).toBeGreaterThanOrEqual(1);
    expect(ofKind.length).toBeLessThanOrEqual(IN_FULL * more.length);
    expect(refused.map((line) => line.code)).toContain('NOT_FOUND');
    const counted = lines.reduce((sum, line) => sum + Number(line.more ?? 0), 0);
    expect(counted + refused.length).toBe(REFUSED + 1);
  },
);
