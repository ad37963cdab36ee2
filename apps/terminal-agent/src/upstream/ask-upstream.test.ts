import type { CircuitBreaker, Outcome, Upstream } from '@ticket-check/exchange';
import {
  parseCinemaCode,
  parseFilmTicketCode,
  parseRecordId,
  parseWallClock,
  type TicketClaim,
  type TicketIdentity,
} from '@ticket-check/protocol';
import { createLogger, createLogSampler } from '@ticket-check/runtime';
import { expect, it } from 'vitest';
import { createAskUpstream } from './ask-upstream.ts';

const ticket: TicketIdentity = {
  cinemaCode: parseCinemaCode('31012801'),
  filmTicketCode: parseFilmTicketCode('0000000000004711'),
  startTime: parseWallClock('2026-11-24T20:00:00'),
};
const SILENT_LOG = createLogger('test', 'silent');
const SILENT: Outcome<never> = { kind: 'retry', code: 'TIMEOUT', message: 'no answer', detail: 'timeout' };
const ANSWERED: Outcome<never> = {
  kind: 'delivered',
  reply: 'unknown-ticket' as never,
  extensions: new Set(),
  generation: null,
};

const UP: CircuitBreaker = {
  isUp: () => true,
  timesDown: () => 0,
  answered() {},
  silent() {},
  heard() {},
  reset() {},
  async stop() {},
};

it('learns of the line from what a guest waits for, and not from what nobody does', async () => {
  const outcomes: Outcome<never>[] = [];
  const peer: Pick<Upstream, 'call' | 'extensions'> = {
    call: async () => outcomes.shift() ?? SILENT,
    extensions: () => new Set(),
  };
  const learned: string[] = [];
  const breaker: CircuitBreaker = {
    ...UP,
    answered: () => void learned.push('answered'),
    silent: () => void learned.push('silent'),
  };
  const askUpstream = createAskUpstream({
    upstream: async () => peer as Upstream,
    breaker,
    logger: SILENT_LOG,
    warnings: createLogSampler({ logger: SILENT_LOG, summary: '' }),
  });
  outcomes.push(SILENT, ANSWERED);
  expect(await askUpstream.stateInBackground(ticket, 1000)).toMatchObject({ kind: 'silent' });
  expect(await askUpstream.stateInBackground(ticket, 1000)).toMatchObject({ kind: 'answered' });
  expect(learned).toEqual([]);
  outcomes.push(SILENT, ANSWERED);
  await askUpstream.state(ticket, 1000);
  await askUpstream.state(ticket, 1000);
  expect(learned).toEqual(['silent', 'answered']);
});

it('logs a bounded number of lines while the platform above refuses each question of a scan, and how many there were', async () => {
  const refused: Outcome<never> = { kind: 'rejected', code: 'NO', message: 'not today' };
  const peer: Pick<Upstream, 'call' | 'extensions'> = {
    call: async () => refused,
    extensions: () => new Set(['claim-ticket']),
  };
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
  const warnings = createLogSampler({ logger, summary: 'more' });
  const askUpstream = createAskUpstream({ upstream: async () => peer as Upstream, breaker: UP, logger, warnings });
  const claim: TicketClaim = {
    ...ticket,
    ticketInfoCode: 'code',
    recordId: parseRecordId('018f2c1e-7b5a-7c3d-9e4f-0123456789ab'),
    checkTime: ticket.startTime,
    gate: '',
  };
  for (let scan = 0; scan < 60; scan += 1) {
    await askUpstream.claim(claim, 1000);
    await askUpstream.state(ticket, 1000);
  }
  expect(lines).toHaveLength(2 * 20);
  warnings.close();
  expect(lines.slice(40)).toMatchObject([{ more: 40 }, { more: 40 }]);
});
