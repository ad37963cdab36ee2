import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, sqliteUrl } from '@ticket-check/storage';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { type TerminalTables, terminalMigrations } from '../../migrations.ts';
import { selectScansOfTicket } from './scans-of-ticket.ts';

test('the scans of a ticket are found by its number, however many others there are', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'scans-of-ticket-'));
  const store = await openStore<TerminalTables>({
    url: sqliteUrl(join(directory, 'store.db')),
    encryptionKey: '0f'.repeat(32),
    migrations: terminalMigrations,
  });
  onTestFinished(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
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
