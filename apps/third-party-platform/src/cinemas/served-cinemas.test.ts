import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { CINEMA, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { type CinemaTables, cinemaMigrations, createServedCinemas } from './served-cinemas.ts';

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
});
