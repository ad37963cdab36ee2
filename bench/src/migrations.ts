import { openStore } from '@ticket-check/storage';
import { withClient } from '@ticket-check/storage/testing/plain-connection';
import { startPostgres } from '@ticket-check/storage/testing/postgres-process';
import { expand, SEAT_MIGRATIONS, type SeatDatabase } from '@ticket-check/storage/testing/versions';
import { machine, readOptions, say } from './command-line.ts';

// How fast PostgreSQL builds an index and a job fills a column: the rates that `migrate --plan` estimates by.

/** As wide as a check record. */
const ROW_BYTES = 500;

const { rows } = readOptions({ rows: 1_000_000 });
const server = await startPostgres({ max_wal_size: '8GB' });
const { indexes = [], backfills = [], ...step } = expand;
const nothing = { kind: 'expand', locks: [], async run() {} } as const;
const creation = { ...SEAT_MIGRATIONS.label, '0002': step };
const indexed = { ...creation, '0003': { ...nothing, indexes } };
const finished = {
  'indexed rows a second': indexed,
  'filled rows a second': { ...indexed, '0004': { ...nothing, backfills } },
};
try {
  say(`${machine()}, ${rows.toLocaleString('en')} rows of ${ROW_BYTES} bytes on PostgreSQL\n`);
  const first = await openStore<SeatDatabase>({ url: server.url, migrations: creation });
  await first.close();
  await withClient(server.url, async (client) => {
    const filling = 'insert into seat (seat, taker, label) select n, 1, $1 from generate_series(1, $2::int) n';
    await client.query(filling, ['x'.repeat(ROW_BYTES), rows]);
    await client.query('vacuum analyze seat');
  });
  for (const [name, migrations] of Object.entries(finished)) {
    const store = await openStore<SeatDatabase>({ url: server.url, migrations });
    const from = performance.now();
    await store.migrator.advance(new AbortController().signal);
    say(`  ${name.padEnd(30)}${Math.round(rows / ((performance.now() - from) / 1000)).toLocaleString('en')}`);
    await store.close();
  }
} finally {
  await server.stop();
}
