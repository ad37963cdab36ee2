import {
  type CheckRecordTables,
  checkRecordMigrations,
  createRecordStore,
  createRetention,
  PURGING,
} from '@ticket-check/check-records';
import { makeRecords } from '@ticket-check/check-records/testing';
import {
  createCommandStore,
  type OperationTables,
  type OperatorTables,
  operationMigrations,
  operatorMigrations,
} from '@ticket-check/operators';
import { epochOf, parseWallClock } from '@ticket-check/protocol';
import { createProgram, runCommand } from '@ticket-check/runtime';
import { outputOf } from '@ticket-check/runtime/testing';
import { createJobs, mergeMigrations } from '@ticket-check/storage';
import { describeBehindPooler } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { purgeCommand } from './retention-commands.ts';

type Tables = CheckRecordTables & OperatorTables & OperationTables;

/** Three years after the records that `makeRecords` makes, and a day. */
const NOW = parseWallClock('2029-11-25T20:00:00');
const RULES = { months: 36, resendDays: null };
const migrations = mergeMigrations(checkRecordMigrations, operatorMigrations, operationMigrations);

describeBehindPooler('records purge, on a database of several processes', ({ open, url }) => {
  async function setUp() {
    const at = await url();
    const store = await open<Tables>(migrations, at);
    await createRecordStore(store).keep(makeRecords(3), { forward: false });

    /** Runs `records purge`; `answer` types something at the terminal, once it is asked. */
    async function purge(answer: () => Promise<string>) {
      const program = createProgram('service', '');
      const commands = createCommandStore<{ SECOND_FACTOR_ROLES: [] }, Tables>(program, {
        settings: () => ({ SECOND_FACTOR_ROLES: [] }),
        open: () => open<Tables>(migrations, at),
        now: () => epochOf(NOW),
        askName: answer,
      });
      purgeCommand(program.command('records'), {
        now: () => epochOf(NOW),
        store: commands,
        rules: () => RULES,
        confirmed: async () => ({ at: NOW, by: 'a test' }),
        unconfirmed: '',
      });
      return outputOf(() => runCommand(program, ['node', 'service', 'records', 'purge'], {}));
    }

    return {
      store,
      purge,
      /** What a service does at its hour; null if somebody else is at it. */
      purgeOfTheNight: () =>
        createJobs(store).alone(PURGING, async (lost) => {
          const retention = createRetention(store, RULES);
          return retention.purge(retention.terms(epochOf(NOW), { at: NOW }), lost);
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
      return '2026-11-25';
    });
    expect(stderr).toContain('check records 3.');
    expect([result, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ Purged: {} })]);
    expect(await operations()).toHaveLength(2);
  });

  it('purges once the business date was typed, unless another is at it by then', async () => {
    const { store, purge, left, operations } = await setUp();
    const refused = await createJobs(store).alone(PURGING, () => purge(async () => '2026-11-25'));
    expect(refused).toMatchObject({ result: 1, stderr: expect.stringContaining('is purging at this moment') });
    expect(await purge(async () => '2026-11-26')).toMatchObject({ result: 1 });
    expect([await left(), await operations()]).toEqual([3, []]);
    expect(await purge(async () => '2026-11-25')).toMatchObject({ result: 0 });
    // Its beginning and its end.
    const written = { name: 'records purge', failed: 0 };
    expect([await left(), await operations()]).toEqual([0, [written, written]]);
  });
});
