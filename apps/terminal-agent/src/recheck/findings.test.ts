import { createReading } from '@ticket-check/admin';
import { createRecordStore } from '@ticket-check/check-records';
import { makeRecord } from '@ticket-check/check-records/testing';
import { parseCinemaCode, parseRecordId } from '@ticket-check/protocol';
import { expect, test } from 'vitest';
import { openTestStore } from '../testing/test-store.ts';
import { findingsScreen } from './findings.ts';

const idOf = (number: number) => `019ac1f0-0000-7000-8000-${String(number).padStart(12, '0')}`;

test('late findings are listed newest first, page by page, for the cinemas of an operator, with undone entries', async () => {
  const store = await openTestStore();
  const keep = async (number: number, cinema: string, late: { lateVerdict?: string; lateNoticedAt?: string }) => {
    const cinemaCode = parseCinemaCode(cinema);
    const record = makeRecord(number, { recordId: parseRecordId(idOf(number)), cinemaCode });
    await createRecordStore(store).keep([record], { forward: false });
    const { filmTicketCode, startTime } = record;
    const scan = { recordId: idOf(number), textHash: '', gate: 'gate-1', cinemaCode, filmTicketCode, startTime };
    const decided = { scannedAt: '2026-11-24T19:00:00', verdict: 'ADMIT', ...late };
    await store.db
      .insertInto('scan')
      .values({ ...scan, ...decided })
      .execute();
  };
  await keep(1, '31012801', {});
  // More than a part, all told at once.
  for (let number = 2; number < 54; number += 1) {
    await keep(number, '31012801', { lateVerdict: 'ALREADY_ENTERED', lateNoticedAt: '2026-11-24T20:00:00' });
  }
  await keep(60, '31012802', { lateVerdict: 'REFUNDED', lateNoticedAt: '2026-11-24T21:00:00' });
  const at = '2026-11-24T20:30:00';
  const ticket = { cinemaCode: '31012801', filmTicketCode: String(53).padStart(16, '0'), startTime: at };
  const undone = { recordId: idOf(99), reverses: idOf(53), identity: '', account: '', ...ticket };
  const times = { checkTime: at, reversedAt: at, receivedAt: at, deliveredAt: null };
  await store.db
    .insertInto('reversal')
    .values({ ...undone, ...times, errorCode: null, revision: 0 })
    .execute();

  const [source] = findingsScreen(store, createReading({ now: Date.now, drain: () => {} }, store)).json ?? [];
  const ask = async (query: string, cinemaCodes: 'all' | string[] = 'all') => {
    const asked = { query: new Map(new URLSearchParams(query)), cinemaCodes, actor: 'susi' };
    return (await source!.handler(asked as never)) as { Findings: Record<string, unknown>[]; Next: string | null };
  };
  const first = await ask('');
  expect(first.Findings).toHaveLength(50);
  expect(first.Findings.slice(0, 3)).toMatchObject([
    { RecordId: idOf(60), LateVerdict: 'REFUNDED', Undone: false },
    { RecordId: idOf(53), LateVerdict: 'ALREADY_ENTERED', Undone: true, Gate: 'gate-1' },
    { RecordId: idOf(52), Undone: false },
  ]);
  const rest = await ask(first.Next!.split('?')[1]!);
  expect(rest.Findings.map(({ RecordId }) => RecordId)).toEqual([4, 3, 2].map(idOf));
  expect(rest.Next).toBeNull();
  expect((await ask('kind=REFUNDED')).Findings).toHaveLength(1);
  expect((await ask('', ['31012802'])).Findings).toMatchObject([{ RecordId: idOf(60) }]);
  for (const query of ['kind=x', 'after=rubbish', 'after=[1]']) await expect(ask(query)).rejects.toThrow();
});
