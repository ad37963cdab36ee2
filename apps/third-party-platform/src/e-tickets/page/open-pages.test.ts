import { expect, it, onTestFinished, vi } from 'vitest';
import type { ETicket, ETicketNow } from '../e-ticket-store.ts';
import { createOpenPages } from './open-pages.ts';

const eTicket = (tokenHash: string): ETicket => ({
  tokenHash,
  startTime: '2026-11-26T19:30:00',
  cinemaCode: '31012801',
  filmTicketCode: '4000000001000000',
  ticketInfoCode: '',
  info: '{}',
  detailed: 1,
  answeredAt: 0,
  askedAt: 0,
  pickedUpAt: null,
  isRefunded: false,
  hasEntered: false,
});

it('a page that is opened while what the others show is read is looked at the next time, and does not count as gone', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const reading = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  let reads = 0;
  const pages = createOpenPages({
    eTickets: {
      async among(hashes) {
        reads += 1;
        if (reads > 1) return hashes.map(eTicket);
        reading.resolve();
        await held.promise;
        return hashes.map(eTicket) satisfies ETicketNow[];
      },
      findByHash: async (hash) => eTicket(hash),
    },
    verify: { verify: async () => {}, due: async () => [], knownAt: async () => null },
    show: async () => ({}) as never,
    max: 10,
    maxOfAnAddress: 10,
    now: () => Date.parse('2026-11-26T19:00:00+08:00'),
    logger: { error: () => {} },
  });
  onTestFinished(() => pages.close());
  const told: string[] = [];
  const stream = { write: (text: string) => void told.push(text), end: () => void told.push('end') };
  pages.open(eTicket('first'), stream, 'a');
  vi.advanceTimersByTime(1000);
  await reading.promise;
  pages.open(eTicket('second'), stream, 'a');
  vi.advanceTimersByTime(2000);
  held.resolve();
  await expect
    .poll(() => {
      vi.advanceTimersByTime(1000);
      return reads;
    })
    .toBe(2);
  expect(pages.count()).toBe(2);
  expect(told.filter((text) => !text.startsWith('event: told'))).toEqual([]);
});
