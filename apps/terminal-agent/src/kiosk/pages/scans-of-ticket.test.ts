import type { CinemaCode, FilmTicketCode, WallClock } from '@ticket-check/protocol';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openTestStore } from '../../testing/test-store.ts';
import { selectScansOfTicket } from './kiosk-pages.ts';

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
