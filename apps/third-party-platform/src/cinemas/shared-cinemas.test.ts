import { createUpstreamStore } from '@ticket-check/exchange';
import { SHARED_CINEMA_EXTENSION } from '@ticket-check/protocol';
import { keyPairOf } from '@ticket-check/runtime/testing';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../database.ts';
import { CINEMA, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { createSharedCinemas } from './shared-cinemas.ts';

describeEachEngine('shared cinemas', (engine) => {
  async function setUp(extensions: readonly string[]) {
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

  it('are remembered for the time without a line, in every process', async () => {
    const [one, two] = await setUp([SHARED_CINEMA_EXTENSION]);
    expect(await one.isShared(CINEMA, true)).toBe(true);
    expect(await two.isShared(CINEMA, null)).toBe(true);
    expect(await two.isShared(CINEMA, false)).toBe(false);
    expect(await one.isShared(CINEMA, null)).toBe(false);
  });

  it('may be those that a national platform with the extension has not mentioned yet', async () => {
    const [one, two] = await setUp([SHARED_CINEMA_EXTENSION]);
    expect(await one.isShared(CINEMA, null)).toBe(true);
    expect(await one.isShared(CINEMA, false)).toBe(false);
    expect(await two.isShared(CINEMA, null)).toBe(false);
    expect(await two.isShared(OTHER_CINEMA, null)).toBe(true);
  });

  it('are none towards a plain national platform', async () => {
    const [one] = await setUp([]);
    expect(await one.isShared(CINEMA, null)).toBe(false);
  });

  it('are what was said last of each, also of many asked for at once', async () => {
    const [one] = await setUp([SHARED_CINEMA_EXTENSION]);
    const said = [true, false, true].flatMap((shared) => [
      one.isShared(CINEMA, shared),
      one.isShared(OTHER_CINEMA, !shared),
    ]);
    expect(await Promise.all(said)).toEqual([true, false, false, true, true, false]);
    expect(await Promise.all([one.isShared(CINEMA, null), one.isShared(OTHER_CINEMA, null)])).toEqual([true, false]);
  });
});
