import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createByteBudget } from '@ticket-check/runtime';
import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { mebibytesInUse } from '../testing/memory-in-use.ts';
import { bodyReader, type ReceivedBody } from './body.ts';

const MIB = 1024 * 1024;
const BODIES = 20;
const KEPT = 3;

test('complete bodies that are evicted while they wait to be taken leave the memory', async () => {
  const budget = createByteBudget({ inAll: (KEPT + 0.5) * MIB, perAddress: 2 * MIB });
  const app = fastify({ forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', bodyReader({ limit: 2 * MIB, budget, leastRate: { bytes: 0, perMs: 60_000 } }));
  const waiting: ReceivedBody[] = [];
  app.post('/', (request) => {
    waiting.push(request.body as ReceivedBody);
  });
  const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
  const sockets: Socket[] = [];
  const body = Buffer.alloc(MIB, ' ');
  try {
    const before = mebibytesInUse();
    for (let n = 1; n <= BODIES; n += 1) {
      const socket = connect({ host: '127.0.0.1', port, localAddress: `127.0.0.${n}` });
      sockets.push(socket);
      await once(socket, 'connect');
      socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
      socket.write(body);
      await expect.poll(() => waiting.length, { interval: 5 }).toBe(n);
    }
    expect(budget.taken()).toBeLessThan((KEPT + 0.5) * MIB);
    await expect.poll(() => mebibytesInUse() - before).toBeLessThan(KEPT + 4);

    // Which ones are kept depends on the number of pieces that each arrived in: pieces count too.
    const kept: Buffer[] = [];
    const refused: string[] = [];
    for (const one of waiting) {
      try {
        kept.push(one.take());
      } catch (error) {
        refused.push((error as Error).message);
      }
    }
    expect(kept.map((bytes) => bytes.equals(body))).toEqual(Array(KEPT).fill(true));
    expect(refused).toHaveLength(BODIES - KEPT);
    for (const message of refused) expect(message).toMatch(/dropped in favour of another address/);
  } finally {
    for (const socket of sockets) socket.destroy();
    await app.close();
  }
});
