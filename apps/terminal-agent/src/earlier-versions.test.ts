// @module-tag service
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRecordStore } from '@ticket-check/check-records';
import { createUpstreamStore } from '@ticket-check/exchange';
import { epochOf, parseWallClock, type TicketIdentity, wallClockAt } from '@ticket-check/protocol';
import { sqliteUrl } from '@ticket-check/storage';
import {
  dumpDatabase,
  loadDump,
  migrationsOf,
  randomValuesOf,
  rowCounts,
  shapeOf,
} from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { listScans } from './journal/list-scans.ts';
import { recordIds } from './scan/record-ids.ts';
import { createScanStore } from './scan/scan-store.ts';
import { makeTerminal } from './testing/test-terminal.ts';

// Databases as earlier versions left them, named by the day of their shape. A version that adds a migration is followed by
// a dump (`dumpDatabase`) of what it leaves; none is ever changed.
const SHAPES = join(import.meta.dirname, 'testing', 'schemas');
const dumps = readdirSync(SHAPES);
/** What tables are called now that had another name. */
const RENAMED = { late_question: 'recheck', store_life: 'store_origin', upstream_life: 'upstream_generation' };
const encryptionKey = '0123456789abcdef'.repeat(4);
const now = parseWallClock('2026-11-24T20:00:00');

/** One dump took `records-of-gates` in its first form, which left the two columns of `check_record` the other way round. */
const EITHER_WAY_ROUND = /"(?:account|gate)" text(?: default '')? not null/gi;
const comparable = (dump: string) => shapeOf(dump).replaceAll(EITHER_WAY_ROUND, '"account or gate"');

async function dumpOfFreshDatabase(): Promise<string> {
  const terminal = await makeTerminal({ now: () => epochOf(now), isMigrated: false });
  const { DATA_DIR = '' } = terminal.env;
  writeFileSync(join(DATA_DIR, 'database.key'), encryptionKey, { mode: 0o600 });
  await (await terminal.open()).close();
  return dumpDatabase({ url: sqliteUrl(join(DATA_DIR, 'ticket-check.db')), encryptionKey });
}

it('a fresh database takes no step that is dated later than today', async () => {
  const today = wallClockAt(Date.now()).slice(0, 10);
  expect(migrationsOf(await dumpOfFreshDatabase()).filter((step) => step.slice(0, 10) > today)).toEqual([]);
});

it('a copy of a migrated one, as tests have, is as good as fresh and has ids and secrets of its own', async () => {
  const fresh = await dumpOfFreshDatabase();
  const [copy = '', another = ''] = await Promise.all(
    [1, 2].map(async () => {
      const { env } = await makeTerminal({ now: () => epochOf(now) });
      return dumpDatabase({ url: sqliteUrl(join(env.DATA_DIR ?? '', 'ticket-check.db')), encryptionKey });
    }),
  );
  expect(shapeOf(copy)).toBe(shapeOf(fresh));
  expect(rowCounts(copy)).toEqual(rowCounts(fresh));
  expect(migrationsOf(copy)).toEqual(migrationsOf(fresh));
  const drawn = randomValuesOf(another);
  expect(drawn).toHaveLength(randomValuesOf(fresh).length);
  expect(randomValuesOf(copy).filter((value) => drawn.includes(value))).toEqual([]);
});

it('there is at least one database of an earlier version', () => expect(dumps).not.toEqual([]));

it('what was an override before records said so is one in its record', async () => {
  const terminal = await makeTerminal({ now: () => epochOf(now), isMigrated: false });
  const { DATA_DIR = '' } = terminal.env;
  const target = { url: sqliteUrl(join(DATA_DIR, 'ticket-check.db')), encryptionKey };
  writeFileSync(join(DATA_DIR, 'database.key'), encryptionKey, { mode: 0o600 });
  await loadDump(target, readFileSync(join(SHAPES, '2026-11-26-7.sqlite.sql'), 'utf8'));
  await loadDump(
    target,
    `insert into override select record_id, film_ticket_code, 'REFUNDED', '', 'susi', check_time from check_record
     where film_ticket_code = '7777777777777772'`,
  );
  const store = await terminal.open();
  const overridden = store.db.selectFrom('checkRecord').select(['filmTicketCode', 'overriddenVerdict']);
  expect(await overridden.where('overriddenVerdict', 'is not', null).execute()).toEqual([
    { filmTicketCode: '7777777777777772', overriddenVerdict: 'REFUNDED' },
  ]);
});

it.each(dumps)('a database of an earlier version is taken over with all it holds: %s', async (name) => {
  const dump = readFileSync(join(SHAPES, name), 'utf8');
  const terminal = await makeTerminal({ now: () => epochOf(now), isMigrated: false });
  const { DATA_DIR = '' } = terminal.env;
  const target = { url: sqliteUrl(join(DATA_DIR, 'ticket-check.db')), encryptionKey };
  writeFileSync(join(DATA_DIR, 'database.key'), encryptionKey, { mode: 0o600 });
  await loadDump(target, dump);
  const store = await terminal.open();
  const after = await dumpDatabase(target);
  expect(rowCounts(after)).toMatchObject(rowCounts(dump, RENAMED));
  expect(comparable(after)).toBe(comparable(await dumpOfFreshDatabase()));

  const recordStore = createRecordStore(store);
  expect(await recordStore.summary()).toMatchObject({ waiting: 2, parked: 1 });
  expect(await createUpstreamStore(store).current()).toMatchObject({ username: 'sender-1' });
  const origins = store.db.selectFrom('checkRecord').select(['account', 'gate']).distinct();
  expect(await origins.execute()).toEqual([{ account: '', gate: 'gate-1' }]);
  const scans: Record<string, unknown>[] = [];
  for await (const scan of listScans(store, 100)) scans.push(scan);
  expect(scans.map(({ Verdict }) => Verdict)).toEqual(['ADMIT', 'ADMIT', 'ADMIT', 'ADMIT', 'UNREADABLE', null]);

  // What an earlier version left in the middle goes on as it would have there.
  const scanStore = createScanStore(store, recordStore);
  const newRecordId = recordIds(() => epochOf(now));
  const again = (index: number) => {
    const { CinemaCode, FilmTicketCode, StartTime } = scans[index] ?? {};
    const ticket = { cinemaCode: CinemaCode, filmTicketCode: FilmTicketCode, startTime: StartTime } as TicketIdentity;
    const scan = { recordId: newRecordId(), gate: 'gate-1', scannedAt: now, textHash: '', eTicket: null };
    return scanStore.begin({ ...scan, clockCorrectionMs: 0, clockTrusted: true }, ticket, { mayClaim: true });
  };
  expect(await again(0)).toMatchObject({ kind: 'entered', first: { gate: 'gate-1' } });
  expect(await again(3)).toMatchObject({ kind: 'unopened', scan: { recordId: scans[3]?.RecordId } });
  expect(await again(5)).toMatchObject({ kind: 'intent', scan: { recordId: scans[5]?.RecordId } });
  const origin = await store.db.selectFrom('storeOrigin').selectAll().execute();
  await store.close();

  // The agent serves from it, and takes it for no fresh store.
  const agent = await terminal.start();
  await agent.close();
  const served = await terminal.open();
  expect(await served.db.selectFrom('storeOrigin').selectAll().execute()).toEqual(origin);
});
