import { startPostgres } from '@ticket-check/storage/testing/postgres-process';
import { say } from './command-line.ts';

// A PostgreSQL server for measurements, durable as in production: prints its address, and is gone with its data when this ends.

const server = await startPostgres({ max_wal_size: '8GB', shared_buffers: '1GB', maintenance_work_mem: '512MB' });
say(server.url);
const running = setInterval(() => {}, 60_000);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    clearInterval(running);
    await server.stop();
  });
}
