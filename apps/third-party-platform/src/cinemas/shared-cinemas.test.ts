import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../migrations.ts';
import { CINEMA, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { createSharedCinemas } from './shared-cinemas.ts';

describeEachEngine('shared cinemas', (engine) => {
  it('are remembered for the time without a line, in every process', async () => {
    const url = await engine.url();
    const open = async () => createSharedCinemas(await engine.open<ThirdPartyTables>(thirdPartyMigrations, url));
    const [one, two] = [await open(), await open()];
    expect(await one.isShared(CINEMA, null)).toBe(false);
    expect(await one.isShared(CINEMA, true)).toBe(true);
    expect(await two.isShared(CINEMA, null)).toBe(true);
    expect(await two.isShared(OTHER_CINEMA, null)).toBe(false);
    expect(await two.isShared(CINEMA, false)).toBe(false);
    expect(await one.isShared(CINEMA, null)).toBe(false);
  });
});
