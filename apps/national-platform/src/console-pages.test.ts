// @module-tag service

import { createBrowser, OWN, walkConsole, watchRoutes } from '@ticket-check/admin/testing';
import { createOperators, createPasswords, issuePassword } from '@ticket-check/operators';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it, onTestFinished } from 'vitest';
import { startTestPlatform } from './testing/test-platform.ts';

describeSqlite('the console of the national platform', ({ url }) => {
  it('lets its operators in, to their account and, where they may, to the other operators', async () => {
    const routes = watchRoutes();
    const platform = await startTestPlatform(await url());
    onTestFinished(() => platform.close());
    const operators = createOperators(platform.store, () => platform.now.value);
    const { password, passwordHash } = (await issuePassword(createPasswords()))!;
    await operators.add({ username: 'anna', role: 'administrator', cinemaCodes: 'all', passwordHash });
    const anna = await createBrowser(platform, { directory: platform.env.DATA_DIR! });
    const first = await anna.logIn('anna', password);
    expect(first).toMatchObject({ path: '/password', text: expect.stringContaining('国家检票平台') });
    const entered = await anna.send(first, '/password', { chosen: OWN, repeated: OWN });
    // Its screens need a build that this test makes none of.
    expect(entered.path).toBe('/today');
    expect(await anna.open('/operators.json')).toMatchObject({ status: 200 });
    expect(await anna.open('/account.json')).toMatchObject({ status: 200 });
    const settings = await anna.ask('/settings.json');
    const shown: { Name: string; Value: unknown; Hidden: boolean }[] = JSON.parse(settings.text).Settings;
    expect(shown).toContainEqual(expect.objectContaining({ Name: 'LOG_LEVEL', Value: 'silent', From: 'environment' }));
    // Every setting that holds a secret, as the one of the database does that has a password.
    const hidden = shown.filter(({ Hidden }) => Hidden).map(({ Name }) => Name);
    expect(hidden).toEqual(platform.env.DATABASE_URL === '' ? [] : ['DATABASE_URL']);
    for (const name of hidden) expect(settings.text).not.toContain(platform.env[name]);
    const jobs = async () => JSON.parse((await anna.ask('/jobs.json')).text).Jobs;
    await expect.poll(jobs).toContainEqual(expect.objectContaining({ Name: 'audit', LastError: null }));
    const operations = await platform.store.db.selectFrom('operation').select(['name', 'actor']).execute();
    expect(operations).toContainEqual({ name: 'login', actor: 'anna' });
    const { walked, faults } = await walkConsole(platform, {
      routes,
      store: platform.store,
      directory: platform.env.DATA_DIR!,
    });
    expect(faults).toEqual([]);
    expect(walked).toBeGreaterThan(20);
  });
});
