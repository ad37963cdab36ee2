import type { CircuitBreaker, Outcome, Upstream } from '@ticket-check/exchange';
import { parseCinemaCode, parseFilmTicketCode, parseRecordId, parseWallClock } from '@ticket-check/protocol';
import { createLogger, createLogSampler } from '@ticket-check/runtime';
import { expect, it } from 'vitest';
import { createAskUpstream } from './ask-upstream.ts';

const ticket = {
  cinemaCode: parseCinemaCode('31012801'),
  filmTicketCode: parseFilmTicketCode('0000000000004711'),
  startTime: parseWallClock('2026-11-24T20:00:00'),
};

/** Asks a platform above that takes claims, and answers as given; also returns what the breaker learned and what was logged. */
function askingOf(answer: () => Outcome<never>) {
  const learned: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  const warnings = createLogSampler({ logger, summary: 'more' });
  const peer = { call: async () => answer(), extensions: () => new Set(['claim-ticket']) } as unknown as Upstream;
  const breaker = {
    isUp: () => true,
    answered: () => learned.push('answered'),
    silent: () => learned.push('silent'),
  } as unknown as CircuitBreaker;
  return { ...createAskUpstream({ upstream: async () => peer, breaker, logger, warnings }), warnings, learned, lines };
}

it('learns of the line from what a guest waits for, and not from what nobody does', async () => {
  const silent = { kind: 'retry', code: 'TIMEOUT', message: 'no answer', detail: 'timeout' } as const;
  const answered = {
    kind: 'delivered',
    reply: 'unknown-ticket' as never,
    extensions: new Set([]),
    generation: null,
  } as const;
  const outcomes: Outcome<never>[] = [silent, answered, silent, answered];
  const { state, stateInBackground, learned } = askingOf(() => outcomes.shift() ?? silent);
  for (const kind of ['silent', 'answered']) expect(await stateInBackground(ticket, 1000)).toMatchObject({ kind });
  expect(learned).toEqual([]);
  for (const kind of ['silent', 'answered']) expect(await state(ticket, 1000)).toMatchObject({ kind });
  expect(learned).toEqual(['silent', 'answered']);
});

it('logs a bounded number of lines while the platform above refuses each question of a scan, and how many there were', async () => {
  const { claim, state, warnings, lines } = askingOf(() => ({ kind: 'rejected', code: 'NO', message: 'not today' }));
  const recordId = parseRecordId('018f2c1e-7b5a-7c3d-9e4f-0123456789ab');
  for (let scan = 0; scan < 60; scan += 1) {
    await claim({ ...ticket, recordId, ticketInfoCode: 'code', checkTime: ticket.startTime, gate: '' }, 1000);
    await state(ticket, 1000);
  }
  expect(lines).toHaveLength(2 * 20);
  warnings.close();
  expect(lines.slice(40)).toMatchObject([{ more: 40 }, { more: 40 }]);
});
