import type { CinemaCode, FilmTicketCode, WallClock } from '@ticket-check/protocol';
import { CompiledQuery, sql } from 'kysely';
import { expect, it, test } from 'vitest';
import { selectScansOfTicket } from '../kiosk/lookup-pages.ts';
import { supersededIntents } from '../scan/scan-store.ts';
import { openTestStore } from '../testing/test-store.ts';

it('looks for scans that were overtaken among the open ones, however many lie in the store', async () => {
  const store = await openTestStore();
  const { sql, parameters } = supersededIntents(store.db).limit(100).compile();
  const { rows } = await store.db.executeQuery<{ detail: string }>(
    CompiledQuery.raw(`explain query plan ${sql}`, [...parameters]),
  );
  const ofScans = rows.map(({ detail }) => detail).filter((step) => / scan\b/.test(step));
  expect(ofScans).toEqual([expect.stringContaining('USING INDEX scan_open_intent')]);
});

test('the scans of a ticket are found by its number, however many others there are', async () => {
  const store = await openTestStore();
  const filmTicketCode = '4000000001000000' as FilmTicketCode;
  const startTime = '2026-11-24T20:00:00' as WallClock;
  for (const [asked, cinemas] of [
    [{ filmTicketCode }, 'all'],
    [{ filmTicketCode }, ['31012801']],
    [{ filmTicketCode, startTime, cinemaCode: '31012801' as CinemaCode }, 'all'],
  ] as const) {
    const plan = await selectScansOfTicket(store, asked, cinemas, 50).explain<{ detail: string }>(
      undefined,
      sql`query plan`,
    );
    const steps = plan.map(({ detail }) => detail);
    expect(steps[0]).toBe('SEARCH scan USING INDEX scan_film_ticket_code (film_ticket_code=?)');
    // None goes through a table, or sorts.
    expect(steps.filter((step) => !step.startsWith('SEARCH '))).toEqual([]);
  }
});
