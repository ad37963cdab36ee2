import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openTestStore } from '../../testing/test-store.ts';
import { selectScansOfTicket } from './scans-of-ticket.ts';

test('the scans of a ticket are found by its number, however many others there are', async () => {
  const store = await openTestStore();
  for (const cinemas of ['all', ['31012801']] as const) {
    const plan = await selectScansOfTicket(store, '4000000001000000', cinemas, 50).explain<{ detail: string }>(
      undefined,
      sql`query plan`,
    );
    const steps = plan.map(({ detail }) => detail);
    expect(steps[0]).toBe('SEARCH scan USING INDEX scan_film_ticket_code (film_ticket_code=?)');
    // None goes through a table, or sorts.
    expect(steps.filter((step) => !step.startsWith('SEARCH '))).toEqual([]);
  }
});
