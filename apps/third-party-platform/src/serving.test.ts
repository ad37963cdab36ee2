// @module-tag process
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadOrCreateKey, openStore, sqliteUrl } from '@ticket-check/storage';
import { DAMAGES, describeEachEngine } from '@ticket-check/storage/testing';
import { describe, expect, test } from 'vitest';
import { thirdPartyMigrations } from './database.ts';
import { withStore } from './testing/console-browser.ts';
import { CINEMA, checkTicket, makeUkey, sellTicket } from './testing/test-cinema.ts';
import { createSiteBehind, createTerminal, report } from './testing/test-platform.ts';

const ukey = makeUkey();
const delivered = { kind: 'delivered', reply: { result: true, rejected: [], quarantined: [] } };

describeEachEngine('a third-party platform', ({ engine, url }) => {
  async function setUp(databaseUrl: string, settings: Record<string, string> = {}) {
    const { national, site } = await createSiteBehind(ukey, { url: databaseUrl, settings });
    const sold = (by = ukey) => {
      const ticket = sellTicket(by);
      national.sell(ticket.info);
      return checkTicket(ticket);
    };
    return { national, site, sold };
  }

  test('answers a report that is under way before it stops, and has kept it', async () => {
    const { national, site, sold } = await setUp(await url(), { KEY_FRESH_SECONDS: '0' });
    const service = await site.serve();
    // Keys that a report had to ask for would be too young for the next report to ask for newer ones.
    await site.keysStored();
    const terminal = createTerminal(await site.issue('terminal-1', CINEMA, service.url));
    expect(await report(terminal, [sold()])).toMatchObject(delivered);
    await national.until(() => national.records.length === 1);

    // No known key opens it, so the platform asks for newer ones first.
    const newer = makeUkey();
    const asked = national.asked.length;
    const release = national.hold();
    const reporting = report(terminal, [sold(newer)]);
    await national.until(() => national.asked.slice(asked).includes('GetPublicKeys'));
    const stopping = service.kill('SIGTERM');
    national.keys.set(CINEMA, [newer.key, ukey.key]);
    release();
    expect(await reporting).toMatchObject(delivered);
    expect(await stopping).toMatchObject({ code: 0 });
    const again = await site.serve();
    await national.until(() => national.records.length === 2);
    await again.kill('SIGTERM');
  });

  // What follows asks the database nothing that the tests of the stores do not ask on both engines.
  if (engine === 'postgres') return;

  test('serves terminals also where the upstream that is set cannot be used', async () => {
    const { site, sold } = await setUp(await url());
    const earlier = await site.start();
    await site.keysStored();
    await earlier.close();
    await withStore(site, ({ db }) => db.updateTable('upstream').set({ privateKey: 'none' }).execute());
    const service = await site.start();
    const terminal = createTerminal(await site.issue('terminal-1', CINEMA, service.url));
    expect(await report(terminal, [sold()])).toMatchObject({ kind: 'delivered' });
  });

  test('sends nothing to the national platform before it listens, and what an earlier process left then', async () => {
    const { national, site, sold } = await setUp(await url());
    const earlier = await site.start();
    await site.keysStored();
    const terminal = createTerminal(await site.issue('terminal-1', CINEMA, earlier.url));
    await national.stop();
    expect(await report(terminal, [sold()])).toMatchObject(delivered);
    await earlier.close();
    await national.restart();
    const asked = [...national.asked];

    // Where the national platform listens nobody else can.
    site.env.PORT = new URL(national.bundle.Url).port;
    await expect(site.start()).rejects.toThrow('another program already listens there');
    expect(national.asked).toEqual(asked);
    site.env.PORT = '0';
    await site.start();
    await national.until(() => national.records.length === 1);
  });
});

describe('a third-party platform on SQLite', () => {
  test('does not serve from a damaged file, whose records go on from the backup in its place', async () => {
    const { national, site } = await createSiteBehind(ukey);
    const file = join(site.directory, 'ticket-check.db');
    const bundle = await site.issue('terminal-1', CINEMA, '');
    await site.issue('seller-1', CINEMA, '', '--seller');

    const service = await site.serve();
    const backup = `${file}.backup`;
    expect(await site.command('store', 'backup', backup)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await site.command('store', 'backup', backup)).toMatchObject({ exitCode: 1, stdout: '' });
    const checked = await site.command('store', 'check', backup);
    expect(JSON.parse(checked.stdout)).toMatchObject({ Usable: true, Problem: null, Records: 0, Waiting: 0 });
    const newer = `${backup}.newer`;
    await copyFile(backup, newer);
    const encryptionKey = loadOrCreateKey(`${site.directory}.key`);
    const migrations = { ...thirdPartyMigrations, '9999': async () => {} };
    await (await openStore({ url: sqliteUrl(newer), encryptionKey, migrations })).close();
    const refused = await site.command('store', 'check', newer);
    expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/knows the migration 9999/) });
    await site.keysStored();
    const records = Array.from({ length: 300 }, () => checkTicket(sellTicket(ukey)));
    // So that they are nowhere else.
    await national.stop();
    expect(await report(createTerminal({ ...bundle, Url: service.url }), records)).toMatchObject(delivered);
    await service.kill('SIGTERM');
    DAMAGES['bytes overwritten in the middle'](file);
    const ended = await site.command('serve');
    expect(ended).toMatchObject({ exitCode: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^The database .* is damaged \(.*\); put a backup in its place .*\n$/);
    expect(await site.command('store', 'check', file)).toMatchObject({ exitCode: 1 });

    const restored = await site.command('store', 'restore', backup);
    expect(restored).toMatchObject({ exitCode: 0, stderr: '' });
    const { Generation, MovedTo } = JSON.parse(restored.stdout);
    const [entry] = (await site.command('audit', 'list')).stdout
      .split('\n')
      .filter((line) => line.includes('store restore'));
    expect(JSON.parse(entry ?? '')).toMatchObject({ Failed: false, After: { generation: Generation } });
    expect(await site.spawnCommand('store', 'renew-generation')).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/the callers \(1 account\) will send .*\n.*A script confirms it with --yes/),
    });
    expect(await site.command('store', 'renew-generation', '--yes')).toMatchObject({ exitCode: 0 });
    await national.restart();
    await site.serve();
    const salvaged = await site.command('records', 'salvage', MovedTo);
    expect(salvaged).toMatchObject({ exitCode: 0, stderr: '' });
    const { Found, Kept } = JSON.parse(salvaged.stdout);
    expect(Kept).toBe(Found);
    expect(Found).toBeGreaterThan(200);
    const arrived = () => new Set(national.records.map(({ recordId }) => recordId));
    await national.until(() => arrived().size === Found);
    const made = new Set<unknown>(records.map(({ recordId }) => recordId));
    expect([...arrived()].every((recordId) => made.has(recordId))).toBe(true);
    const again = await site.command('records', 'salvage', MovedTo);
    expect(JSON.parse(again.stdout)).toEqual({ Found, Kept: 0, Reversals: { Found: 0, Kept: 0 } });
  });
});
