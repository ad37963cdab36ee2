// @module-tag service
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CircuitBreaker, Outcome, Upstream } from '@ticket-check/exchange';
import { APIS, type ProtocolError, parseCinemaCode, parseFilmTicketCode, parseWallClock } from '@ticket-check/protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createNationalTickets } from './national-tickets.ts';

const BUDGET_MS = 600;
const CALLERS = 1000;
const RUN_MS = 2000;
const AGAIN_MS = 20;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const after = <T>(ms: number, value: T) => new Promise<T>((resolve) => setTimeout(resolve, ms, value));

/** A line to a national platform that takes so long over each call, as one that answers late and answers everything. */
function slowLine(msOfCall: () => number): { peer: Upstream; calls: () => number } {
  const NOT_FOUND = { ErrorCode: 'TICKET_NOT_FOUND', ErrorMessage: 'unknown' };
  const extensions = new Set(['ticket-infos'] as const);
  let calls = 0;
  const peer: Pick<Upstream, 'extensions' | 'call'> = {
    extensions: () => extensions,
    async call(api, query, { timeoutMs, read }): Promise<Outcome<never>> {
      calls += 1;
      const takesMs = msOfCall();
      const isLate = takesMs > timeoutMs;
      await after(Math.min(takesMs, timeoutMs), null);
      if (isLate) return { kind: 'retry', code: 'TIMEOUT', message: 'late', detail: 'timeout' };
      const { Tickets = [] } = query as { Tickets?: unknown[] };
      const reply = api === APIS.getTicketInfo ? NOT_FOUND : { TicketInfos: Tickets.map(() => NOT_FOUND) };
      return { kind: 'delivered', reply: read(reply) as never, extensions, generation: null };
    },
  };
  return { peer: peer as Upstream, calls: () => calls };
}

function ticketOf(number: number) {
  return {
    cinemaCode: parseCinemaCode('31012801'),
    filmTicketCode: parseFilmTicketCode(String(number).padStart(16, '0')),
    startTime: parseWallClock('2026-11-27T20:00:00'),
  };
}

function nationalTickets(peer: Upstream) {
  let silences = 0;
  const nothing = () => {};
  const breaker: CircuitBreaker = {
    isUp: () => true,
    timesDown: () => 0,
    answered: nothing,
    silent() {
      silences += 1;
    },
    heard: nothing,
    reset: nothing,
    stop: async () => {},
  };
  const national = createNationalTickets({
    upstream: async () => peer,
    budgetMs: BUDGET_MS,
    priority: 'question',
    breaker,
  });
  return { national, silences: () => silences };
}

/** What becomes of all that `CALLERS` ask one after the other, each again as soon as it is answered. */
async function load(takesMs: number) {
  const { peer, calls } = slowLine(() => takesMs);
  const { national, silences } = nationalTickets(peer);
  const came: Record<string, number> = {};
  const end = performance.now() + RUN_MS;
  let asked = 0;
  async function caller(): Promise<void> {
    while (performance.now() < end) {
      asked += 1;
      const what = await national.ask(ticketOf(asked)).then(
        () => 'answered',
        (error) => (error as ProtocolError).code,
      );
      came[what] = (came[what] ?? 0) + 1;
      if (what !== 'answered') await after(AGAIN_MS, null);
    }
  }
  const callers = Promise.all(Array.from({ length: CALLERS }, caller));
  await vi.advanceTimersByTimeAsync(RUN_MS + 2 * BUDGET_MS);
  await callers;
  return { silences: silences(), calls: calls(), came };
}

test.each([300, 400])(
  'a national platform that takes %i ms over each call answers all that is sent, and is silent for none',
  async (takesMs) => {
    const got = await load(takesMs);
    expect(got.silences).toBe(0);
    // What cannot be answered in time is refused, and takes no place from what can.
    expect(Object.keys(got.came).toSorted()).toEqual(['OVERLOADED', 'answered']);
    expect(got.came.answered).toBeGreaterThan(80 * got.calls);
  },
);

test('once a stall is over, every caller is answered, and not only the first', async () => {
  let takesMs = 10 * BUDGET_MS;
  const { national } = nationalTickets(slowLine(() => takesMs).peer);
  const stalled: Promise<unknown>[] = [];
  for (let number = 1; number <= 40; number += 1) {
    stalled.push(national.ask(ticketOf(number)).catch(() => {}));
    await vi.advanceTimersByTimeAsync(20);
  }
  await vi.advanceTimersByTimeAsync(BUDGET_MS);
  await Promise.all(stalled);
  takesMs = 20;
  const answers = Promise.all([101, 102, 103].map((number) => national.ask(ticketOf(number))));
  await nextTurn();
  await vi.advanceTimersByTimeAsync(100);
  expect(await answers).toMatchObject([{ info: 'unknown-ticket' }, {}, {}]);
});
