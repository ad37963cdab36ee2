import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRecordStore, PLATFORM_DEADLINE, type ReceivedRecord } from '@ticket-check/check-records';
import { createAccounts, createUpstreamStore } from '@ticket-check/exchange';
import { loadKeyStatus } from '@ticket-check/key-cache';
import {
  deriveUnkeyedRecordId,
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
import { createServedCinemas } from './cinemas/served-cinemas.ts';
import { type ThirdPartyTables, thirdPartyMigrations } from './migrations.ts';

// Databases as earlier versions left them, named by the day of their shape. A version that adds a migration is followed by
// a dump (`dumpDatabase`) of what it leaves; none is ever changed. The server that wrote a dump is left out of it
// (`server_…` of `store_generation`): on another one the data begin a new generation, as they have to.
const SHAPES = join(import.meta.dirname, 'testing', 'schemas');
/** What tables are called now that had another name. */
const RENAMED = { upstream_life: 'upstream_generation' };

describeEachEngine('a database of an earlier version', (engine) => {
  const dumps = readdirSync(SHAPES).filter((name) => name.endsWith(`.${engine.engine}.sql`));
  let fresh: string;

  beforeAll(async () => {
    const url = await engine.url();
    await engine.open(thirdPartyMigrations, url);
    fresh = await dumpDatabase({ url, encryptionKey: engine.encryptionKey });
  });

  it.each(dumps)('is taken over with all it holds: %s', async (name) => {
    const dump = readFileSync(join(SHAPES, name), 'utf8');
    const target = { url: await engine.url(), encryptionKey: engine.encryptionKey };
    await loadDump(target, dump);
    const store = await engine.open<ThirdPartyTables>(thirdPartyMigrations, target.url);
    const after = await dumpDatabase(target);
    expect(rowCounts(after)).toMatchObject(rowCounts(dump, RENAMED));
    expect(shapeOf(after)).toBe(shapeOf(fresh));

    const [generation] =
      /insert into "store_generation" .* values \('?1'?, '([0-9a-f-]{36})'/.exec(dump)?.slice(1) ?? [];
    expect(store.generation).toBe(generation);
    const accounts = createAccounts(store, Date.now);
    expect(await accounts.find('terminal-1')).toMatchObject({ role: 'platform', revokedAt: null });
    expect(await accounts.find('terminal-2')).toMatchObject({ revokedAt: '2026-11-24T20:00:00' });
    expect(await createUpstreamStore(store).current()).toMatchObject({ url: 'https://platform.example:9000' });
    expect(await createUpstreamStore(store).announced()).toEqual({
      extensions: new Set(['record-id', 'store-generation']),
      generation: '0b8f2a52-3f0a-4f43-9a55-6f1c0a3b7d11',
      replaces: [],
    });
    const cinemaCode = parseCinemaCode('31012345');
    expect(await createServedCinemas(store).list()).toEqual([cinemaCode]);
    expect(await loadKeyStatus(store)).toMatchObject([{ cinemaCode, count: 1 }]);

    const recordStore = createRecordStore(store);
    const overdueBy = { deadline: PLATFORM_DEADLINE, at: parseWallClock('2026-11-24T20:30:00') };
    expect(await recordStore.summary(overdueBy)).toMatchObject({ waiting: 2, parked: 1, quarantined: 1, overdue: 0 });
    const aSecondLater = { ...overdueBy, at: parseWallClock('2026-11-24T20:30:01') };
    expect(await recordStore.summary(aSecondLater)).toMatchObject({ overdue: 3 });
    expect(await recordStore.outbox.listParked()).toMatchObject([
      { errorCode: 'INVALID_PRICE', errorMessage: "Price can't be", attempts: 1 },
    ]);
    const ticket = {
      cinemaCode,
      filmTicketCode: parseFilmTicketCode('7777777777777771'),
      startTime: parseWallClock('2026-11-24T19:30:00'),
    };
    expect(await recordStore.entriesOf([ticket])).toMatchObject([
      { checkTime: '2026-11-24T19:00:01', isDouble: false, account: 'gate-1' },
    ]);
  });

  it('has the record of a plain sender, which is recognised when it is sent again', async () => {
    const target = { url: await engine.url(), encryptionKey: engine.encryptionKey };
    await loadDump(target, readFileSync(join(SHAPES, `2026-11-25.${engine.engine}.sql`), 'utf8'));
    const recordStore = createRecordStore(await engine.open<ThirdPartyTables>(thirdPartyMigrations, target.url));
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
    const url = await engine.migratedUrl(thirdPartyMigrations);
    const copy = await dumpDatabase({ url, encryptionKey: engine.encryptionKey });
    expect(shapeOf(copy)).toBe(shapeOf(fresh));
    expect(rowCounts(copy)).toEqual(rowCounts(fresh));
    expect(migrationsOf(copy)).toEqual(migrationsOf(fresh));
    const another = await engine.migratedUrl(thirdPartyMigrations);
    const drawn = randomValuesOf(await dumpDatabase({ url: another, encryptionKey: engine.encryptionKey }));
    expect(drawn).toHaveLength(randomValuesOf(fresh).length);
    expect(randomValuesOf(copy).filter((value) => drawn.includes(value))).toEqual([]);
  });

  it('there is at least one', () => expect(dumps).not.toEqual([]));
});
