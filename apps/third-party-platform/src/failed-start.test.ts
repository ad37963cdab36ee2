// @module-tag process
import { failToStart, takenPort } from '@ticket-check/runtime/testing';
import { describePostgres } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { readThirdPartySettings } from './config.ts';
import { openDatabase } from './database.ts';
import { createSite, type TestSite } from './testing/test-platform.ts';

const SERVICE = { module: new URL('./app.ts', import.meta.url).href, name: 'startThirdPartyPlatform' };

/** Somebody has taken a table away that is read when everything else is put together. */
async function loseTable({ env }: TestSite): Promise<void> {
  const store = await openDatabase(readThirdPartySettings(env));
  await store.db.schema.dropTable('e_ticket_secret').execute();
  await store.close();
}

// The terminal’s own does the same on SQLite.
describePostgres('a third-party platform that cannot start', ({ url }) => {
  test('leaves nothing running, open or locked: its console port is taken', async () => {
    const { env } = await createSite(await url());
    const faulty = { ...env, CONSOLE_PORT: `${await takenPort()}` };
    expect(await failToStart({ ...SERVICE, faulty, sound: env })).toEqual({
      error: expect.stringMatching(/another program already listens there/),
      leftOpen: [],
      second: null,
    });
  });

  test('leaves nothing running, open or locked: a table is missing', async () => {
    const site = await createSite(await url());
    await loseTable(site);
    const noTable = expect.stringMatching(/e_ticket_secret/);
    expect(await failToStart({ ...SERVICE, faulty: site.env, sound: site.env })).toEqual({
      error: noTable,
      leftOpen: [],
      second: noTable,
    });
  });
});
