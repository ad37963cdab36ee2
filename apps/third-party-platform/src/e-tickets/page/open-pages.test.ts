import { expect, it, onTestFinished, vi } from 'vitest';
import type { ETicket } from '../e-ticket-store.ts';
import { createOpenPages } from './open-pages.ts';

const eTicket = (tokenHash: string): ETicket => ({
  tokenHash,
  startTime: '2026-11-26T19:30:00',
  cinemaCode: '31012801',
  filmTicketCode: '4000000001000000',
  ticketInfoCode: '',
  info: '{}',
  answeredAt: 0,
  askedAt: 0,
  pickedUpAt: null,
  isRefunded: false,
  hasEntered: false,
});

const now = () => Date.parse('2026-11-26T19:00:00+08:00');

function setUp(changes: Partial<Parameters<typeof createOpenPages>[0]>) {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const pages = createOpenPages({
    eTickets: { among: async (hashes) => hashes.map(eTicket) },
    verify: { verify: async () => {}, due: async () => [], knownAt: async () => null },
    show: async () => ({}) as never,
    max: 10,
    maxOfAnAddress: 10,
    now,
    logger: { error: () => {} },
    ...changes,
  });
  onTestFinished(() => {
    pages.close();
    vi.useRealTimers();
  });
  const told: string[] = [];
  const stream = { write: (text: string) => void told.push(text), end: () => void told.push('end') };
  return { pages, told, open: (hash: string, address = 'a') => void pages.open(eTicket(hash), stream, address) };
}

it('a page that is opened while what the others show is read is looked at the next time, and does not count as gone', async () => {
  const reading = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  let reads = 0;
  const { pages, told, open } = setUp({
    eTickets: {
      async among(hashes) {
        reads += 1;
        if (reads > 1) return hashes.map(eTicket);
        reading.resolve();
        await held.promise;
        return hashes.map(eTicket);
      },
    },
  });
  open('first');
  vi.advanceTimersByTime(1000);
  await reading.promise;
  open('second');
  vi.advanceTimersByTime(2000);
  held.resolve();
  await expect
    .poll(() => {
      vi.advanceTimersByTime(1000);
      return told.filter((text) => text.startsWith('event: told')).length;
    })
    .toBe(2);
  expect(pages.count()).toBe(2);
  expect(told.filter((text) => !/^(retry|event: told)/.test(text))).toEqual([]);
});

it('pages that come together are asked to come again each at a time of its own, and get their codes in turns', async () => {
  let shown = 0;
  const drawn = new Set<string>();
  const { told, open } = setUp({
    max: 100,
    maxOfAnAddress: 100,
    async show({ tokenHash }) {
      shown += 1;
      if (shown === 3) throw new Error('this one cannot be shown');
      // Longer than others may wait for their turn.
      vi.advanceTimersByTime(6);
      drawn.add(tokenHash);
      return {} as never;
    },
  });
  const hashes = Array.from({ length: 20 }, (_, index) => `${index}`);
  for (const hash of hashes) open(hash);
  await new Promise((resolve) => setImmediate(resolve));
  expect(shown).toBe(0);
  const retries = told.map((text) => Number(/^retry: (\d+)\n\n$/.exec(text)?.[1]));
  expect(new Set(retries).size).toBeGreaterThan(10);
  for (const ms of retries) expect(ms).toSatisfy((value: number) => value >= 3000 && value < 20_000);

  vi.advanceTimersByTime(1000);
  let turns = 0;
  while (shown < hashes.length) {
    turns += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(turns).toBeGreaterThanOrEqual(hashes.length - 2);
  // One that failed keeps no other waiting, and has its turn the next time.
  await expect
    .poll(() => {
      vi.advanceTimersByTime(1000);
      return drawn.size;
    })
    .toBe(hashes.length);
});

it('a page gets a new code half a minute after its last one, and the time in between', async () => {
  const { told, open } = setUp({});
  open('one');
  const named = (name: string) => told.filter((text) => text.startsWith(`event: ${name}`)).length;
  async function pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      vi.advanceTimersByTime(1000);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  await pass(1);
  expect(named('told')).toBe(1);
  await pass(24);
  expect([named('told'), named('beat')]).toEqual([1, 2]);
  await pass(7);
  expect(named('told')).toBe(2);
});

it('pages of one address leave room for those of others, until as many listen as may', () => {
  const { pages, open } = setUp({ max: 3, maxOfAnAddress: 2 });
  const room = () => ['a', 'b'].map((address) => pages.hasRoom(address));
  open('first', 'a');
  expect(room()).toEqual([true, true]);
  open('second', 'a');
  expect(room()).toEqual([false, true]);
  open('third', 'b');
  expect(room()).toEqual([false, false]);
});
