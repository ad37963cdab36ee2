import {
  type CheckRecordTables,
  checkRecordMigrations,
  createRecordStore,
  createReversals,
} from '@ticket-check/check-records';
import { CINEMA, makeRecord } from '@ticket-check/check-records/testing';
import {
  createCommandStore,
  type OperationTables,
  type OperatorTables,
  operationMigrations,
  operatorMigrations,
} from '@ticket-check/operators';
import { parseRecordId, parseWallClock } from '@ticket-check/protocol';
import { createProgram, runCommand } from '@ticket-check/runtime';
import { outputOf } from '@ticket-check/runtime/testing';
import { mergeMigrations } from '@ticket-check/storage';
import { describeSqlite } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { outboundRecordCommands } from './record-commands.ts';

type Tables = CheckRecordTables & OperationTables & OperatorTables;

const migrations = mergeMigrations(checkRecordMigrations, operationMigrations, operatorMigrations);
const now = () => Date.parse('2026-11-24T20:00:00+08:00');
const at = parseWallClock('2026-11-24T19:45:00');
const _logger = pino({ level: 'silent' });

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
      const program = createProgram('service', '');
      outboundRecordCommands<Tables>(program.command('records'), {
        upstream: 'the platform above',
        settings: () => expect.unreachable(),
        store: createCommandStore(program, {
          settings: () => ({ SECOND_FACTOR_ROLES: [] }),
          open: () => engine.open<Tables>(migrations, url),
          now,
        }),
        recordsOf: createRecordStore,
        salvage: () => expect.unreachable(),
      });
      const args = ['node', 'service', 'records', 'resend', '--since', since];
      return JSON.parse((await outputOf(() => runCommand(program, args, {}))).stdout);
    }
    expect(await resend('2026-11-24T19:45:01')).toEqual({ Resent: 0, Reversals: 0 });
    expect(await resend('2026-11-24T19:45:00')).toEqual({ Resent: 2, Reversals: 1 });

    expect(await records.summary()).toMatchObject({ waiting: 2 });
    expect(await reversals.countWaiting()).toBe(1);
  });
});
