// @module-tag service
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createLogger } from '@ticket-check/runtime';
import { freePort } from '@ticket-check/runtime/testing';
import { expect, it, onTestFinished } from 'vitest';
import { makeCinema } from '../testing/evening.ts';
import { healthOf, listedScans } from '../testing/test-terminal.ts';

async function startAtPort() {
  const port = await freePort();
  const SCANNERS = `door=tcp:${port},from=127.0.0.1,from=127.0.0.2;lobby=hid:0c2e:0b61`;
  const { terminal, sell } = await makeCinema({ settings: { SCANNERS } });
  const [ticket, next] = [sell(), sell()];
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  const agent = await terminal.start({ logger });
  const health = () => healthOf(agent, terminal.env.DATA_DIR ?? '');
  await expect
    .poll(health)
    .toMatchObject({ scanners: { devices: [{ name: 'door', claimed: true, enabled: true }, {}] } });

  async function plugIn(from = '127.0.0.1'): Promise<Socket> {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }
  const verdicts = async () => (await listedScans(terminal, 20_000)).map(({ Verdict }) => Verdict);
  return { plugIn, verdicts, health, lines, agent, ticket, next };
}

it('takes what a network scanner sends, over one connection or one for each read: read twice, it is one scan', async () => {
  const { plugIn, verdicts, ticket, next } = await startAtPort();
  const scanner = await plugIn();
  scanner.write(`${ticket.code}\r${ticket.code}\r`);
  (await plugIn()).end(next.code);
  await expect.poll(verdicts).toEqual(['ADMIT', 'ADMIT']);
});

it('checks a copy of a ticket at another scanner of the same port as what it is', async () => {
  const { plugIn, verdicts, ticket } = await startAtPort();
  const [left, right] = [await plugIn(), await plugIn('127.0.0.2')];
  left.write(`${ticket.code}\r`);
  right.write(`${ticket.code}\r`);
  await expect.poll(async () => (await verdicts()).toSorted()).toEqual(['ADMIT', 'ALREADY_ENTERED']);
});

it('ends the connection that was silent longest where there are too many, and shows a scanner that cannot be had', async () => {
  const { plugIn, verdicts, health, ticket } = await startAtPort();
  const sockets: Socket[] = [];
  for (let count = 0; count < 9; count += 1) sockets.push(await plugIn());
  await once(sockets[0]!, 'close');
  sockets[8]!.write(`${ticket.code}\r`);
  await expect.poll(verdicts).toEqual(['ADMIT']);
  // No such device is plugged in, or its library is missing; only that scanner reports it.
  await expect.poll(health).toMatchObject({
    status: 'degraded',
    scanners: { devices: [{ error: null }, { name: 'lobby', error: expect.stringMatching(/plugged in|libusb/) }] },
  });
});

it('refuses strangers, whose connections end none of the scanner and leave a bounded number of lines', async () => {
  const { plugIn, verdicts, lines, agent, ticket, next } = await startAtPort();
  const scanner = await plugIn();
  scanner.write(`${ticket.code}\r`);
  await expect.poll(verdicts).toEqual(['ADMIT']);
  for (let count = 0; count < 60; count += 1) {
    const stranger = await plugIn('127.0.0.66');
    stranger.write(`${next.code}\r`);
    if (!stranger.closed) await once(stranger, 'close');
  }
  expect(scanner.closed).toBe(false);
  scanner.write(`${next.code}\r`);
  await expect.poll(verdicts).toEqual(['ADMIT', 'ADMIT']);
  // Anybody who holds codes before a scanner makes scans, which fill the journal.
  for (let count = 0; count < 300; count += 1) scanner.write(`not a ticket ${count}\r`);
  await expect.poll(async () => (await verdicts()).length).toBeGreaterThan(30);
  await agent.close();
  const about = lines.filter(({ remoteAddress }) => remoteAddress === '127.0.0.66');
  expect(about).toHaveLength(21);
  expect(about[0]).toMatchObject({ level: 'warn', scanner: 'door' });
  expect(about[20]).toMatchObject({ more: 40 });
  expect(lines.length).toBeLessThan(50);
});
