import { createUpstreamStore } from '@ticket-check/exchange';
import { parseCinemaCode } from '@ticket-check/protocol';
import { createLogger, type JobDefinition, type Service } from '@ticket-check/runtime';
import { startJobs } from '@ticket-check/runtime/testing';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { type ThirdPartyTables, thirdPartyMigrations } from '../database.ts';
import { CINEMA, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { createServedCinemas } from './served-cinemas.ts';
import { watchCommands } from './watch-commands.ts';

const THIRD_CINEMA = parseCinemaCode('31012803');

describeEachEngine('what commands change', ({ open }) => {
  async function setUp() {
    const store = await open<ThirdPartyTables>(thirdPartyMigrations);
    const servedCinemas = createServedCinemas(store);
    await servedCinemas.add([CINEMA]);
    const jobs: JobDefinition[] = [];
    const service = {
      logger: createLogger('test', 'silent'),
      job: (job: JobDefinition) => void jobs.push(job),
    } as unknown as Service;
    const watch = await watchCommands(service, { servedCinemas, upstreams: createUpstreamStore(store) });
    const added: string[][] = [];
    watch.onCinemasAdded((cinemaCodes) => added.push([...cinemaCodes]));
    return { servedCinemas, added, start: () => startJobs(jobs) };
  }

  test('while the service starts is acted on: another job may have looked before', async () => {
    const { servedCinemas, added, start } = await setUp();
    await servedCinemas.add([OTHER_CINEMA]);
    await start();
    await expect.poll(() => added).toEqual([[OTHER_CINEMA]]);
  });

  test('while it runs is acted on, once', async () => {
    const { servedCinemas, added, start } = await setUp();
    await start();
    await servedCinemas.add([OTHER_CINEMA]);
    await expect.poll(() => added).toEqual([[OTHER_CINEMA]]);
    // The next look reports only this one.
    await servedCinemas.add([THIRD_CINEMA]);
    await expect.poll(() => added.flat()).toContain(THIRD_CINEMA);
    expect(added).toEqual([[OTHER_CINEMA], [THIRD_CINEMA]]);
  });
});
