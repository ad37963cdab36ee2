import { connectTo } from '@ticket-check/exchange/testing';
import {
  APIS,
  epochOf,
  parseWallClock,
  readETicket,
  readGetETicketKeysReply,
  wallClockAt,
} from '@ticket-check/protocol';
import { createLogger, type Service } from '@ticket-check/runtime';
import { expect, it, onTestFinished } from 'vitest';
import { makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { startPlatform } from '../testing/test-platform.ts';
import { openTestStore } from '../testing/test-store.ts';
import { SPOKEN_UPSTREAM } from '../upstream/spoken-upstream.ts';
import { createCheckETicket } from './check-e-ticket.ts';
import { createETicketKeys } from './e-ticket-keys.ts';

const start = parseWallClock('2026-11-28T19:50:00');

/** A platform with e-tickets that has been heard once, and a terminal's keys of them, none known yet. */
async function makeKeys() {
  const clock = { now: epochOf(start) };
  const now = () => clock.now;
  const platform = await startPlatform({ now, kind: 'e-tickets' });
  const peer = connectTo(platform.bundle, { extensions: SPOKEN_UPSTREAM, now });
  onTestFinished(() => peer.close());
  await peer.call(APIS.getETicketKeys, {}, { read: readGetETicketKeysReply, timeoutMs: 20_000, idempotent: true });
  const service = { logger: createLogger('test', 'silent'), now, check() {}, job() {} } as unknown as Service;
  const keys = createETicketKeys(service, {
    store: await openTestStore(),
    connection: { upstream: async () => peer, onAnnounced() {}, breaker: { isUp: () => true, silent() {} } },
    upstreamWatch: { onUpstreamSet() {} },
    settings: { KEY_SYNC_MINUTES: 30 },
  });
  const { code } = sellTicket(makeUkey(start), start);
  /** Shows the e-ticket of now to a scanner. */
  const scan = (checkETicket: ReturnType<typeof createCheckETicket>) => {
    const eTicket = readETicket(platform.eTickets.qr(code));
    if (typeof eTicket === 'string') throw new Error(eTicket);
    return checkETicket(eTicket, { now: wallClockAt(clock.now), clockTrusted: true, budgetMs: 20_000 });
  };
  const pass = (seconds: number) => {
    clock.now += seconds * 1000;
  };
  return { platform, keys, scan, pass, asked: () => platform.queries(APIS.getETicketKeys).length };
}

it('takes the keys that came while it looked, and leaves the next question to a scan that has one', async () => {
  const { platform, keys, scan, pass, asked } = await makeKeys();
  const checkETicket = createCheckETicket(keys);
  expect(await scan(checkETicket)).toEqual({ kind: 'good' });
  platform.eTickets.rotate();
  const askedBefore = asked();
  // The scan at the other gate has looked at the keys before the change, and goes on once this one was answered.
  const late = createCheckETicket({
    known: keys.known,
    async refresh(budgetMs, seen) {
      pass(2);
      expect(await scan(checkETicket)).toEqual({ kind: 'good' });
      pass(2);
      return keys.refresh(budgetMs, seen);
    },
  });
  expect(await scan(late)).toEqual({ kind: 'good' });
  expect(asked()).toBe(askedBefore + 1);
  platform.eTickets.rotate();
  expect(await scan(checkETicket)).toEqual({ kind: 'good' });
  expect(asked()).toBe(askedBefore + 2);
});
