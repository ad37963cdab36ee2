import { createLogger } from '@ticket-check/runtime';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { type OperationTables, operationMigrations } from '../migrations.ts';
import { createFailedLogins } from './failed-logins.ts';

const HALF_HOUR = 30 * 60_000;

describeEachEngine('failed logins', (engine) => {
  afterEach(() => void vi.useRealTimers());

  it('are written one by one at first, and then together, so that strangers cause a bounded number of rows', async () => {
    const store = await engine.open<OperationTables>(operationMigrations);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const failed = createFailedLogins({ store, now: Date.now, logger: createLogger('test', 'silent') });
    const rows = async () =>
      (await store.db.selectFrom('operation').selectAll().orderBy('id').execute()).map(({ what, ...row }) => ({
        ...row,
        what: JSON.parse(what),
      }));
    for (let n = 0; n < 1000; n += 1) failed.note({ username: n % 2 ? 'anna' : null, address: `192.0.2.${n % 100}` });
    await expect.poll(rows).toHaveLength(20);
    vi.advanceTimersByTime(HALF_HOUR);
    await expect.poll(rows).toHaveLength(21);
    const last = (await rows()).at(-1);
    expect(last).toMatchObject({
      name: 'login failed',
      actor: 'unknown',
      what: { attempts: 980, usernames: ['anna'] },
    });
    expect(last?.what.addresses).toHaveLength(20);

    for (let day = 0; day < 48; day += 1) {
      for (let n = 0; n < 100; n += 1) failed.note({ username: 'anna', address: '192.0.2.1' });
      vi.advanceTimersByTime(HALF_HOUR);
    }
    await failed.close();
    const all = await rows();
    expect(all.length).toBeLessThanOrEqual(21 + 48 + 1);
    expect(all.reduce((sum, { what }) => sum + what.attempts, 0)).toBe(1000 + 4800);
  });

  it('that are not written yet when the service ends are written then', async () => {
    const store = await engine.open<OperationTables>(operationMigrations);
    const failed = createFailedLogins({ store, now: Date.now, logger: createLogger('test', 'silent') });
    for (let n = 0; n < 30; n += 1) failed.note({ username: 'anna', address: '192.0.2.1' });
    await failed.close();
    const { attempts } = JSON.parse(
      (await store.db.selectFrom('operation').select('what').orderBy('id', 'desc').executeTakeFirstOrThrow()).what,
    );
    expect(attempts).toBe(10);
  });
});
