import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDemo } from '@ticket-check/simulators/dev-network';
import { expect, test } from 'vitest';
import { testSite } from './testing/test-site.ts';

const site = await testSite();
const directory = join(site.directory, 'demo');

test('a demo cinema whose services are gone says what to delete, and then starts again', async () => {
  const open = async () => (await openDemo(site, directory)).boxOffice.cinema.cinemaCode;
  await site.start('national-platform');
  const cinema = await open();
  expect(await open()).toBe(cinema);

  // What `down -v` does to the containers.
  await site.stop('national-platform');
  for (const end of ['', '.key']) {
    rmSync(join(site.directory, `national-platform${end}`), { recursive: true, force: true });
  }
  await site.start('national-platform');
  await expect(open()).rejects.toThrow(
    `The demo cinema in ${directory} was made with another national platform, whose data are gone: delete ${directory} and run this again, which makes a new one.`,
  );
  rmSync(directory, { recursive: true });
  expect(await open()).not.toBe(cinema);
});
