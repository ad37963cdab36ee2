import type { Store } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import {
  noteFailedLogin,
  noteFormerDays,
  runLongOperation,
  runOperation,
  runReading,
  tryOperation,
} from './operation.ts';
import { type OperationTables, operationMigrations } from './transparency-log/log-tables.ts';

type Tables = OperationTables & { door: { name: string } };

const now = () => Date.parse('2026-11-24T20:00:00+08:00');
const AT = '2026-11-24T20:00:00';
const asked = { name: 'door add', actor: 'anna', from: '192.0.2.7', what: { door: 'north' }, now };

describeEachEngine('an operation', (engine) => {
  let store: Store<Tables>;

  beforeEach(async () => {
    store = await engine.open<Tables>({
      ...operationMigrations,
      '0002': async (db) => void (await sql`create table door (name text primary key)`.execute(db)),
    });
  });

  const operations = async () =>
    (await store.db.selectFrom('operation').selectAll().orderBy('id').execute()).map(
      ({ what, before, after, ...row }) => ({
        ...row,
        what: JSON.parse(what),
        before: JSON.parse(before ?? 'null'),
        after: JSON.parse(after ?? 'null'),
      }),
    );
  const doors = async () => (await store.db.selectFrom('door').select('name').execute()).map(({ name }) => name);
  const add = (to: Store<Tables>, name: string) => to.db.insertInto('door').values({ name }).execute();

  it('is recorded with its actor, request and outcome', async () => {
    expect(
      await runOperation(
        store,
        asked,
        async (within) => (await add(within, 'north')).length,
        (rows) => ({ rows, before: null, after: { doors: ['north'] } }),
      ),
    ).toBe(1);
    const row = { name: 'door add', actor: 'anna', from: '192.0.2.7', beganAt: AT, endedAt: AT, of: null, failed: 0 };
    const came = { what: { door: 'north', rows: 1 }, before: null, after: { doors: ['north'] } };
    expect(await operations()).toEqual([{ id: expect.any(String), ...row, ...came }]);
  });

  it('of a machine that only reads, or of a stranger who fails to log in, is counted after the first 20 of a day, with one entry once the day is over', async () => {
    let at = now();
    const reading = { ...asked, name: 'records count', what: {}, now: () => at, byMachine: true };
    let read = 0;
    const readOnce = () =>
      runReading(
        store,
        reading,
        async () => ++read,
        (rows) => ({ rows }),
      );
    for (let time = 0; time < 50; time += 1) await readOnce();
    await runReading(store, { ...reading, actor: 'bert' }, readOnce, (rows) => ({ rows }));
    const failed = { actor: null, from: '192.0.2.9', what: {}, now: () => at };
    for (let time = 0; time < 25; time += 1) await noteFailedLogin(store, failed);
    await noteFailedLogin(store, { ...failed, what: { afterRightPassword: true }, afterPassword: true });
    await noteFormerDays(store, () => at);
    at += 86_400_000;
    await runReading(
      store,
      { ...reading, actor: 'carl' },
      async () => {},
      () => ({}),
    );
    // As several processes do.
    await Promise.all([noteFormerDays(store, () => at), noteFormerDays(store, () => at)]);
    expect(read).toBe(51);
    const written = await operations();
    const begun = written.filter(({ of, endedAt }) => of === null && endedAt === null);
    expect(begun.filter(({ beganAt, actor }) => beganAt === AT && actor === 'anna')).toHaveLength(20);
    expect(begun.filter(({ actor }) => actor === 'bert')).toHaveLength(1);
    expect(written.filter(({ of }) => of !== null)).toHaveLength(begun.length);
    const counted = { actor: 'anna', name: 'records count', from: null, endedAt: '2026-11-25T20:00:00' };
    const counts = written.filter(({ what }) => 'counted' in what);
    const ofDay = (times: number) => ({ what: { counted: { day: '2026-11-24', times } } });
    expect(counts).toHaveLength(2);
    expect(counts).toContainEqual(expect.objectContaining({ ...counted, ...ofDay(51), failed: 0 }));
    const failures = { ...counted, ...ofDay(25), actor: 'unknown', name: 'login failed', failed: 1 };
    expect(counts).toContainEqual(expect.objectContaining(failures));
    const logins = written.filter(({ name, what }) => name === 'login failed' && !('counted' in what));
    // One after a right password is not hidden by failures without.
    expect(logins.map(({ what }) => what)).toEqual([
      ...Array.from({ length: 20 }, () => ({})),
      { afterRightPassword: true },
    ]);
    expect(await store.db.selectFrom('dayCount').select('actor').execute()).toEqual([{ actor: 'carl' }]);
  });

  it('that a person reads by always has an entry', async () => {
    const reading = { ...asked, name: 'report records', byMachine: false };
    for (let time = 0; time < 21; time += 1)
      await runReading(
        store,
        reading,
        async () => {},
        () => ({ rows: 1 }),
      );
    expect((await operations()).filter(({ of }) => of === null)).toHaveLength(21);
  });

  it('is one transaction: of a change that fails stays nothing but that it was tried, and why it failed', async () => {
    const failing = runOperation(store, asked, async (within) => {
      await within.transaction((trx) => trx.insertInto('door').values({ name: 'north' }).execute());
      await within.batch([within.db.insertInto('door').values({ name: 'south' }).compile()]);
      throw new Error('no hinge');
    });
    await expect(failing).rejects.toThrow('no hinge');
    expect(await doors()).toEqual([]);
    const row = { name: 'door add', actor: 'anna', from: '192.0.2.7', beganAt: AT, endedAt: AT, of: null, failed: 1 };
    expect(await operations()).toMatchObject([{ ...row, what: { door: 'north', reason: 'no hinge' }, after: null }]);
    await store.db.schema.alterTable('operation').renameTo('away').execute();
    await expect(runOperation(store, asked, (within) => add(within, 'north'))).rejects.toThrow('operation');
    expect(await doors()).toEqual([]);
  });

  it('leaves nothing where there turns out to be nothing to do', async () => {
    expect(await tryOperation(store, asked, async () => null)).toBeNull();
    expect(await operations()).toEqual([]);
    await expect(tryOperation(store, asked, async () => Promise.reject(new Error('no hinge')))).rejects.toThrow(
      'hinge',
    );
    expect(await operations()).toMatchObject([{ failed: 1, what: { reason: 'no hinge' } }]);
  });

  it('that takes long is written down when it begins, and how it ended', async () => {
    await runLongOperation(
      store,
      asked,
      async (within) => {
        expect(await operations()).toMatchObject([{ endedAt: null, of: null, what: { door: 'north' } }]);
        await add(within, 'north');
      },
      () => ({ rows: 1 }),
    );
    const breaking = runLongOperation(
      store,
      asked,
      () => {
        throw new Error('the disk is full');
      },
      () => ({}),
    );
    await expect(breaking).rejects.toThrow('the disk is full');
    const [begun, ended, begunToo, brokeOff] = await operations();
    expect(ended).toMatchObject({ of: begun?.id, failed: 0, endedAt: AT, what: { rows: 1 } });
    expect(brokeOff).toMatchObject({ of: begunToo?.id, failed: 1, what: { reason: expect.any(String) } });
  });

  it('stays as it was written: the database refuses to change or delete it', async () => {
    await runOperation(store, asked, (within) => add(within, 'north'));
    const refusal = 'operation is only ever added to';
    await expect(store.db.updateTable('operation').set({ actor: 'bert' }).execute()).rejects.toThrow(refusal);
    await expect(store.db.deleteFrom('operation').execute()).rejects.toThrow(refusal);
    if (engine.engine === 'postgres') await expect(sql`truncate operation`.execute(store.db)).rejects.toThrow(refusal);
    if (engine.engine === 'sqlite') {
      const kept = `began_at, ended_at, "of", failed, what from operation`;
      const sameId = sql.raw(
        `replace into operation (id, name, actor, began_at, ended_at, "of", failed, what) select id, name, 'bert', ${kept}`,
      );
      const sameRow = sql.raw(
        `replace into operation (rowid, id, name, actor, began_at, ended_at, "of", failed, what)
         select rowid, 'another', name, 'bert', ${kept}`,
      );
      await expect(sql`${sameId}`.execute(store.db)).rejects.toThrow(refusal);
      await expect(sql`${sameRow}`.execute(store.db)).rejects.toThrow(refusal);
    }
    expect(await operations()).toMatchObject([{ actor: 'anna' }]);
  });
});
