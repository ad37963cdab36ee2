import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { auditLogOf, type OperationTables, operationMigrations } from '@ticket-check/operators';
import { openStore, sqliteUrl } from '@ticket-check/storage';
import { sql } from 'kysely';
import { uuidv7 } from 'uuidv7';
import { machine, say } from './print.ts';
import { printTable } from './table.ts';
import { workDirectory } from './work-directory.ts';

// What an entry of the audit costs, and that this does not depend on how many there are: encrypted SQLite, one process.

const { values } = parseArgs({ options: { entries: { type: 'string', default: '1000000' } } });
const most = Number(values.entries);
const SLICE = 2000;

const store = await openStore<OperationTables>({
  url: sqliteUrl(join(workDirectory(), 'log.db')),
  encryptionKey: randomBytes(32).toString('hex'),
  migrations: operationMigrations,
});
// Each checkpoint is a second after the one before.
let now = 0;
const log = auditLogOf(store, () => {
  now += 1000;
  return now;
});

async function addOperations(count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, n) => ({
    id: uuidv7(),
    name: 'claims release',
    actor: 'li.wei',
    from: '192.0.2.7',
    of: null,
    failed: 0,
    beganAt: '2026-11-26T12:00:00',
    endedAt: '2026-11-26T12:00:00',
    before: null,
    after: null,
    what: JSON.stringify({
      reason: 'the gate at hall 3 is broken',
      released: [{ filmTicketCode: `${n}`.padStart(16) }],
    }),
  }));
  const given = store.rowsAsTable(rows, {
    id: 'text',
    name: 'text',
    actor: 'text',
    from: 'text',
    of: 'text',
    failed: 'integer',
    beganAt: 'text',
    endedAt: 'text',
    before: 'text',
    after: 'text',
    what: 'text',
  });
  const columns = Object.keys(rows[0] ?? {}) as (keyof OperationTables['operation'])[];
  await store.db
    .insertInto('operation')
    .columns(columns)
    .expression((eb) => eb.selectFrom(given.as('given')).select(columns.map((column) => `given.${column}` as const)))
    .execute();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
async function medianOf(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await timed(work));
  return median(times);
}
setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
/** What is still needed, in bytes. */
function heapAfterCollecting(): number {
  collect();
  return process.memoryUsage().heapUsed;
}
const us = (ms: number, count = 1) => `${((1000 * ms) / count).toFixed(1)} µs`;
const ms = (time: number) => `${time.toFixed(1)} ms`;

say(`Audit log, ${machine()}`);
const unnamed = () => sql`drop trigger operation_is_logged`.execute(store.db);
const named = () =>
  sql`create trigger operation_is_logged after insert on operation
    begin insert into log_pending (entry) values (new.id); end`.execute(store.db);

/** What it costs that operations are named to the log, by turns with some that are not. */
async function costOfNaming(): Promise<number> {
  const differences: number[] = [];
  for (let round = 0; round < 15; round += 1) {
    await unnamed();
    const without = await timed(() => addOperations(SLICE));
    await sql`insert into log_pending select id from operation order by id desc limit ${SLICE}`.execute(store.db);
    await log.catchUp();
    await named();
    differences.push((await timed(() => addOperations(SLICE))) - without);
    await log.catchUp();
  }
  return median(differences);
}

const table = printTable([
  { title: 'entries', width: 9 },
  { title: 'written', width: 10 },
  { title: 'named to the log', width: 16 },
  { title: `placed (${SLICE})`, width: 14 },
  { title: 'one alone', width: 10 },
  { title: 'proof', width: 9 },
  { title: 'verified', width: 9 },
  { title: 'heap', width: 7 },
]);
let size = 0;
for (const upTo of [most / 10, most]) {
  const [written, placed]: [number[], number[]] = [[], []];
  while (size < upTo) {
    written.push(await timed(() => addOperations(SLICE)));
    placed.push(await timed(() => log.sequence()));
    size += SLICE;
  }
  const alone: number[] = [];
  for (let round = 0; round < 15; round += 1) {
    await addOperations(1);
    alone.push(await timed(() => log.sequence()));
    size += 1;
  }
  const proof = await medianOf(15, () => log.prove(Math.floor(Math.random() * size)));
  const verified = await timed(async () => {
    const { faults } = await log.verify(null);
    if (faults.length > 0) throw new Error(JSON.stringify(faults));
  });
  const naming = await costOfNaming();
  size = (await log.checkpoint())?.size ?? 0;
  table.row([
    size.toLocaleString('en'),
    us(median(written.slice(-15)), SLICE),
    us(naming, SLICE),
    us(median(placed.slice(-15)), SLICE),
    ms(median(alone)),
    ms(proof),
    us(verified, size),
    `${Math.round(heapAfterCollecting() / 1e6)} MB`,
  ]);
}
const pages = await sql<{ bytes: number }>`
  select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()
`.execute(store.db);
say(`  the database: ${Math.round((pages.rows[0]?.bytes ?? 0) / size)} bytes an entry, operation included`);
await store.close();
