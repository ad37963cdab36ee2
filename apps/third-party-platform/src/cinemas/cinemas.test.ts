import { createUpstreamStore } from '@ticket-check/exchange';
import { keptLog } from '@ticket-check/exchange/testing';
import { type Extension, parseCinemaCode } from '@ticket-check/protocol';
import type { Service } from '@ticket-check/runtime';
import { keyPairOf } from '@ticket-check/runtime/testing';
import { describeEachEngine, describeSqlite } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../database.ts';
import { nameCinema } from '../public-keys/serve-cinemas.ts';
import { CINEMA, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { type CinemaTables, cinemaMigrations, createServedCinemas } from './served-cinemas.ts';
import { createSharedCinemas } from './shared-cinemas.ts';
import { watchCommands } from './watch-commands.ts';

const THIRD_CINEMA = parseCinemaCode('31012803');

describeEachEngine('served cinemas', ({ open }) => {
  test('cinemas are served from the moment they are added, and adding them again changes nothing', async () => {
    const cinemas = createServedCinemas(await open<CinemaTables>(cinemaMigrations));
    expect(await cinemas.list()).toEqual([]);
    expect(await cinemas.serves(CINEMA)).toBe(false);
    await cinemas.add([OTHER_CINEMA, CINEMA]);
    await cinemas.add([CINEMA]);
    await cinemas.add([]);
    expect(await cinemas.list()).toEqual([CINEMA, OTHER_CINEMA]);
    expect(await cinemas.serves(CINEMA)).toBe(true);
  });

  test('are called what a ticket called them last', async () => {
    const cinemas = createServedCinemas(await open<CinemaTables>(cinemaMigrations));
    await cinemas.add([CINEMA, OTHER_CINEMA]);
    await cinemas.noteName(CINEMA, '测试影城');
    await cinemas.noteName(CINEMA, '星河影城');
    await cinemas.noteName(CINEMA, '');
    await cinemas.noteName(THIRD_CINEMA, 'not served');
    expect(await cinemas.names('all')).toEqual([
      [CINEMA, '星河影城'],
      [OTHER_CINEMA, ''],
    ]);
    expect(await cinemas.names([OTHER_CINEMA])).toEqual([[OTHER_CINEMA, '']]);
    expect(await cinemas.names([])).toEqual([]);
    // One that is added later is called so with its next ticket.
    await cinemas.add([THIRD_CINEMA]);
    await cinemas.noteName(THIRD_CINEMA, 'served');
    expect(await cinemas.names([THIRD_CINEMA])).toEqual([[THIRD_CINEMA, 'served']]);
    // An own name is kept, whatever the national platform says, until it is taken away.
    await cinemas.setOwnName(CINEMA, '星河旗舰店');
    await cinemas.noteName(CINEMA, '星河国际影城');
    expect(await cinemas.names([CINEMA])).toEqual([[CINEMA, '星河旗舰店']]);
    await cinemas.setOwnName(CINEMA, '');
    expect(await cinemas.names([CINEMA])).toEqual([[CINEMA, '星河国际影城']]);
  });
});

test('an own name is one line, and none that holds half a character', () => {
  const named = (Name: string) => nameCinema.input.safeParse({ CinemaCode: CINEMA, Name }).data?.Name;
  expect(named(' 星河\u0000\n旗舰\u202e店 ')).toBe('星河 旗舰店');
  expect(named('\u0000')).toBe('');
  expect(named('星河\ud83d')).toBeUndefined();
});

describeEachEngine('shared cinemas', (engine) => {
  async function setUp(extensions: readonly Extension[]) {
    const url = await engine.url();
    const open = async () => {
      const store = await engine.open<ThirdPartyTables>(thirdPartyMigrations, url);
      const upstreams = createUpstreamStore(store);
      return { upstreams, ...createSharedCinemas(store, { upstreams }) };
    };
    const [one, two] = [await open(), await open()];
    const upstream = { url: 'https://national.example', username: 'vendor-a' };
    const { privateKeyPem } = await keyPairOf('vendor-a');
    const form = { payloadForm: 'hex', priceForm: 'two-decimals' } as const;
    await one.upstreams.set({ ...upstream, ...form, privateKeyPem, caPem: null, cinemaCodes: 'all' });
    await one.upstreams.remember(upstream, { extensions: new Set(extensions), generation: null, replaces: [] });
    return [one, two] as const;
  }

  test('are remembered for the time without a line, in every process', async () => {
    const [one, two] = await setUp(['shared-cinema']);
    expect(await one.isShared(CINEMA, true)).toBe(true);
    expect(await two.isShared(CINEMA, null)).toBe(true);
    expect(await two.isShared(CINEMA, false)).toBe(false);
    expect(await one.isShared(CINEMA, null)).toBe(false);
  });

  test('may be those that a national platform with the extension has not mentioned yet', async () => {
    const [one, two] = await setUp(['shared-cinema']);
    expect(await one.isShared(CINEMA, null)).toBe(true);
    expect(await one.isShared(CINEMA, false)).toBe(false);
    expect(await two.isShared(CINEMA, null)).toBe(false);
    expect(await two.isShared(OTHER_CINEMA, null)).toBe(true);
    const [plain] = await setUp([]);
    expect(await plain.isShared(CINEMA, null)).toBe(false);
  });

  test('are what was said last of each, also of many asked for at once', async () => {
    const [one] = await setUp(['shared-cinema']);
    const said = [true, false, true].flatMap((shared) => [
      one.isShared(CINEMA, shared),
      one.isShared(OTHER_CINEMA, !shared),
    ]);
    expect(await Promise.all(said)).toEqual([true, false, false, true, true, false]);
    expect(await Promise.all([one.isShared(CINEMA, null), one.isShared(OTHER_CINEMA, null)])).toEqual([true, false]);
  });
});

describeSqlite('what commands change', ({ open }) => {
  async function setUp() {
    const store = await open<ThirdPartyTables>(thirdPartyMigrations);
    const servedCinemas = createServedCinemas(store);
    await servedCinemas.add([CINEMA]);
    const jobs: { run(stopping: AbortSignal): Promise<unknown> }[] = [];
    const { logger, lines } = keptLog();
    const service = {
      logger,
      job: (job: (typeof jobs)[number]) => void jobs.push(job),
    } as unknown as Service;
    const added: string[][] = [];
    const onCinemasAdded = async (cinemaCodes: readonly string[]) => added.push([...cinemaCodes]);
    await watchCommands(service, { servedCinemas, connection: { look: async () => {} }, onCinemasAdded });
    const { signal } = new AbortController();
    return { servedCinemas, added, lines, look: () => jobs[0]?.run(signal) };
  }

  test('while the service starts and while it runs is acted on, once', async () => {
    const { servedCinemas, added, look } = await setUp();
    // Another job may have looked before the first look.
    await servedCinemas.add([OTHER_CINEMA]);
    await look();
    await servedCinemas.add([THIRD_CINEMA]);
    for (const _ of ['once', 'twice']) await look();
    expect(added).toEqual([[OTHER_CINEMA], [THIRD_CINEMA]]);
  });
});
