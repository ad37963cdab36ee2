import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRecordStore, type ReceivedRecord } from '@ticket-check/check-records';
import { createAccounts } from '@ticket-check/exchange';
import {
  deriveUnkeyedRecordId,
  parseBusinessDate,
  parseCinemaCode,
  parseFilmTicketCode,
  parseWallClock,
  wallClockAt,
} from '@ticket-check/protocol';
import {
  describeEachEngine,
  dumpDatabase,
  loadDump,
  migrationsOf,
  randomValuesOf,
  rowCounts,
  shapeOf,
} from '@ticket-check/storage/testing';
import { beforeAll, expect, it } from 'vitest';
import type { NationalTables } from './database.ts';
import { nationalMigrations } from './migrations.ts';
import { createCinemaKeys } from './public-keys/cinema-keys.ts';
import { createTicketLookup } from './tickets/ticket-lookup.ts';

// Databases as earlier versions left them, named by the day of their shape. A version that adds a migration is followed by
// a dump (`dumpDatabase`) of what it leaves; none is ever changed. The server that wrote a dump is left out of it
// (`server_…` of `store_generation`): on another one the data begin a new generation, as they have to.
const SHAPES = join(import.meta.dirname, 'testing', 'schemas');

describeEachEngine('a database of an earlier version', (engine) => {
  const dumps = readdirSync(SHAPES).filter((name) => name.endsWith(`.${engine.engine}.sql`));
  let fresh: string;

  beforeAll(async () => {
    const url = await engine.url();
    await engine.open(nationalMigrations, url);
    fresh = await dumpDatabase({ url, encryptionKey: engine.encryptionKey });
  });

  it.each(dumps)('is taken over with all it holds: %s', async (name) => {
    const dump = readFileSync(join(SHAPES, name), 'utf8');
    const target = { url: await engine.url(), encryptionKey: engine.encryptionKey };
    await loadDump(target, dump);
    const store = await engine.open<NationalTables>(nationalMigrations, target.url);
    const after = await dumpDatabase(target);
    expect(rowCounts(after)).toMatchObject(rowCounts(dump));
    expect(shapeOf(after)).toBe(shapeOf(fresh));

    const [generation] =
      /insert into "store_generation" .* values \('?1'?, '([0-9a-f-]{36})'/.exec(dump)?.slice(1) ?? [];
    expect(store.generation).toBe(generation);
    const accounts = await createAccounts(store, Date.now).list();
    expect(accounts.map(({ username, revokedAt }) => [username, revokedAt === null])).toEqual([
      ['box-office', true],
      ['terminal-1', true],
      ['terminal-2', false],
    ]);

    const cinemaCode = parseCinemaCode('31012345');
    const recordStore = createRecordStore(store);
    const records: [string | null, boolean][] = [];
    for await (const { quarantine, first } of recordStore.list({ cinemaCode })) records.push([quarantine, first]);
    expect(records).toEqual([
      [null, true],
      [null, true],
      [null, true],
      ['CODE_NOT_GENUINE', false],
      [null, true],
    ]);
    expect(await recordStore.doubles(parseBusinessDate('2026-11-24'))).toEqual([]);
    expect(await createCinemaKeys(store).keysEver(cinemaCode)).toHaveLength(1);
    const ticket = {
      cinemaCode,
      filmTicketCode: parseFilmTicketCode('7777777777777772'),
      startTime: parseWallClock('2026-11-24T19:30:00'),
    };
    expect(await createTicketLookup(store, recordStore)(ticket)).toMatchObject({
      cinemaName: '示例影城',
      screenName: '3号厅',
      filmName: '流浪地球',
      refundStatus: 'Yes',
      refundTime: '2026-11-24T12:00:00',
      checkStatus: 'Yes',
    });
  });

  it('has the record of a plain sender, which is recognised when it is sent again', async () => {
    const target = { url: await engine.url(), encryptionKey: engine.encryptionKey };
    await loadDump(target, readFileSync(join(SHAPES, `2026-11-25.${engine.engine}.sql`), 'utf8'));
    const recordStore = createRecordStore(await engine.open<NationalTables>(nationalMigrations, target.url));
    const records: ReceivedRecord[] = [];
    for await (const { first: _, ...record } of recordStore.list({ cinemaCode: parseCinemaCode('31012346') }))
      records.push(record);
    const [record] = records;
    if (record === undefined) throw new Error('the dump has no record of a plain sender');
    expect(await recordStore.deriveIds([record], 'terminal-1')).toEqual([record.recordId]);
    expect(await recordStore.keep([record], { forward: false })).toEqual(['known']);
    // Through another account it is another record, under an id that nobody knows in advance.
    const [other] = await recordStore.deriveIds([record], 'terminal-2');
    expect(other).not.toBe(deriveUnkeyedRecordId(record, 'terminal-2'));
  });

  it('took no step that is dated later than today', () => {
    const today = wallClockAt(Date.now()).slice(0, 10);
    expect(migrationsOf(fresh).filter((name) => name.slice(0, 10) > today)).toEqual([]);
  });

  it('a copy of a migrated one, as tests have, is as good as fresh and has ids and secrets of its own', async () => {
    const url = await engine.migratedUrl(nationalMigrations);
    const copy = await dumpDatabase({ url, encryptionKey: engine.encryptionKey });
    expect(shapeOf(copy)).toBe(shapeOf(fresh));
    expect(rowCounts(copy)).toEqual(rowCounts(fresh));
    expect(migrationsOf(copy)).toEqual(migrationsOf(fresh));
    const another = await engine.migratedUrl(nationalMigrations);
    const drawn = randomValuesOf(await dumpDatabase({ url: another, encryptionKey: engine.encryptionKey }));
    expect(drawn).toHaveLength(randomValuesOf(fresh).length);
    expect(randomValuesOf(copy).filter((value) => drawn.includes(value))).toEqual([]);
  });

  it('there is at least one', () => expect(dumps).not.toEqual([]));
});
