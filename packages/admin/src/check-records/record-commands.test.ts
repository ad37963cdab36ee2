import {
  type CheckRecordTables,
  checkRecordMigrations,
  createRecordStore,
  createRetention,
  createReversals,
  PURGING,
} from '@ticket-check/check-records';
import { CINEMA, makeRecord, makeRecords } from '@ticket-check/check-records/testing';
import {
  listAudit,
  type OperationTables,
  type OperatorTables,
  operationMigrations,
  operatorMigrations,
} from '@ticket-check/operators';
import { epochOf, parseRecordId, parseWallClock } from '@ticket-check/protocol';
import { createJobs, mergeMigrations } from '@ticket-check/storage';
import { describeBehindPooler, describeSqlite } from '@ticket-check/storage/testing';
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { runCommandOn } from '../testing/run-command.ts';
import { outboundRecordCommands, receivedRecordCommands } from './record-commands.ts';
import { purgeCommand } from './retention-commands.ts';

type Tables = CheckRecordTables & OperationTables & OperatorTables;

const migrations = mergeMigrations(checkRecordMigrations, operationMigrations, operatorMigrations);
const at = parseWallClock('2026-11-24T19:45:00');

describeSqlite('records resend', (engine) => {
  it('queues again for a platform that lost its data what was delivered since, including undone entries', async () => {
    const url = await engine.url();
    const store = await engine.open<Tables>(migrations, url);
    const records = createRecordStore(store);
    const reversals = createReversals(store);
    const [kept, undone] = [makeRecord(1), makeRecord(2)];
    await records.keep([kept, undone], { forward: true });
    const { recordId: reverses, ...named } = undone;
    const reversal = { ...named, reverses, recordId: parseRecordId(uuidv7()), reversedAt: at, receivedAt: at };
    await reversals.keep([reversal], { maxOfTicket: 16, forward: true });
    await records.outbox.confirm((await records.outbox.oldest(CINEMA, 10)).complete, at);
    await reversals.noteOutcome(await reversals.waiting(10, ''), { at });

    async function resend(since: string) {
      const ran = await runCommandOn(
        () => engine.open<Tables>(migrations, url),
        (program, commands) =>
          outboundRecordCommands<Tables>(program.command('records'), {
            ...{ upstream: 'the platform above', store: commands, now: Date.now },
            settings: () => expect.unreachable(),
            salvage: () => expect.unreachable(),
          }),
        ['records', 'resend', '--since', since],
      );
      return JSON.parse(ran.stdout);
    }
    expect(await resend('2026-11-24T19:45:01')).toEqual({ Resent: 0, Reversals: 0 });
    expect(await resend('2026-11-24T19:45:00')).toEqual({ Resent: 2, Reversals: 1 });

    expect(await records.summary()).toMatchObject({ waiting: 2 });
    expect(await reversals.countWaiting()).toBe(1);
  });
});

describeSqlite('records doubles', (engine) => {
  it('leaves its business date in the audit, also where none was named', async () => {
    const url = await engine.url();
    const store = await engine.open<Tables>(migrations, url);
    const now = () => epochOf(at);
    await runCommandOn(
      () => engine.open<Tables>(migrations, url),
      (program, commands) => receivedRecordCommands<Tables>(program.command('records'), { store: commands, now }),
      ['records', 'doubles'],
    );
    const { value: asked } = await listAudit(store.db, {}).next();
    expect(JSON.parse(asked)).toMatchObject({ Name: 'records doubles', What: { date: '2026-11-24' } });
  });
});

describeSqlite('records suspicious', (engine) => {
  it('prints the accounts whose records are probably in UTC or fen, and what to change', async () => {
    const url = await engine.url();
    const store = await engine.open<Tables>(migrations, url);
    const record = makeRecord(1);
    const suspicions = new Map([[record, ['utc-check-time'] as const]]);
    await createRecordStore(store).keep([record, makeRecord(2)], { forward: false, suspicions });
    const { stdout } = await runCommandOn(
      () => engine.open<Tables>(migrations, url),
      (program, commands) =>
        receivedRecordCommands<Tables>(program.command('records'), { store: commands, now: Date.now }),
      ['records', 'suspicious'],
    );
    expect(JSON.parse(stdout)).toEqual({
      ...{ Username: 'terminal-1', Kind: 'utc-check-time', Records: 1, LatestAt: record.receivedAt },
      ...{ Advice: expect.stringContaining('UTC+8'), AdviceZh: expect.stringContaining('北京时间') },
    });
  });
});

/** Three years after the month of the records that `makeRecords` makes. */
const NOW = parseWallClock('2029-12-01T20:00:00');
const now = () => epochOf(NOW);
const RULES = { months: 36, resendDays: null };

describeBehindPooler('records purge, on a database of several processes', ({ open, url }) => {
  async function setUp() {
    const at = await url();
    const store = await open<Tables>(migrations, at);
    await createRecordStore(store).keep(makeRecords(3), { forward: false });

    /** `answer` types something at the terminal, once it is asked. */
    const purge = (askName: () => Promise<string>) =>
      runCommandOn(
        () => open<Tables>(migrations, at),
        (program, commands) =>
          purgeCommand(program.command('records'), {
            ...{ now, store: commands, rules: () => RULES, unconfirmed: '' },
            confirmed: async () => ({ at: NOW, by: 'a test' }),
          }),
        ['records', 'purge'],
        { now, askName },
      );

    return {
      store,
      purge,
      /** What a service does at its hour; null if somebody else is at it. */
      purgeOfTheNight: () =>
        createJobs(store).alone(PURGING, async (lost) => {
          const retention = createRetention(store, RULES);
          return retention.purge(retention.terms(now(), { at: NOW }), lost);
        }),
      left: async () => (await store.db.selectFrom('checkRecord').select('recordId').execute()).length,
      operations: () => store.db.selectFrom('operation').select(['name', 'failed']).execute(),
    };
  }

  it('keeps the service from no purge while somebody thinks about it, and says what is gone since', async () => {
    const { purge, purgeOfTheNight, left, operations } = await setUp();
    const { result, stdout, stderr } = await purge(async () => {
      expect(await left()).toBe(3);
      expect(await purgeOfTheNight()).toMatchObject({ gone: { checkRecords: 3 } });
      return '2026-12-01';
    });
    expect(stderr).toContain('check records 3.');
    expect([result, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ Purged: {} })]);
    expect(await operations()).toHaveLength(2);
  });

  it('purges once the business date was typed, unless another is at it by then', async () => {
    const { store, purge, left, operations } = await setUp();
    const refused = await createJobs(store).alone(PURGING, () => purge(async () => '2026-12-01'));
    expect(refused).toMatchObject({ result: 1, stderr: expect.stringContaining('is purging at this moment') });
    expect(await purge(async () => '2026-12-02')).toMatchObject({ result: 1 });
    expect([await left(), await operations()]).toEqual([3, []]);
    expect(await purge(async () => '2026-12-01')).toMatchObject({ result: 0 });
    // Its beginning and its end.
    const written = { name: 'records purge', failed: 0 };
    expect([await left(), await operations()]).toEqual([0, [written, written]]);
  });
});
