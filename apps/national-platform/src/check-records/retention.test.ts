import { createRecordStore, type ReceivedRecord } from '@ticket-check/check-records';
import { businessDate, wallClockAt } from '@ticket-check/protocol';
import { runCommand } from '@ticket-check/runtime';
import { outputOf } from '@ticket-check/runtime/testing';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { createNationalProgram } from '../cli.ts';
import { cinemaKind, ticketKind } from '../intake/kinds.ts';
import { CINEMA, makeTicket, makeUkey, NOW, receivedRecord } from '../testing/test-cinema.ts';
import { startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';
import { createTicketLookup } from '../tickets/get-ticket-info.ts';

// @module-tag service

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
/** By this time the purge of the next night has started, whatever its jitter. */
const NEXT_NIGHT = Date.parse('2026-11-25T04:31:00+08:00');
const ukey = makeUkey();
let made = 0;

/** A record of a session a number of years ago. */
function recordOf(yearsAgo: number, changes: Partial<ReceivedRecord> = {}): ReceivedRecord {
  made += 1;
  const at = wallClockAt(NOW - yearsAgo * YEAR_MS);
  const ticket = makeTicket(made, { startTime: at });
  return receivedRecord(ticket, ukey, made, { checkTime: at, receivedAt: at, account: 'vendor-a', ...changes });
}

describeEachEngine('retention at the national platform', ({ url }) => {
  let platform: TestPlatform;

  beforeEach(async () => {
    platform = await startTestPlatform(await url());
    onTestFinished(() => platform.close());
  });

  const keep = (...records: ReceivedRecord[]) => createRecordStore(platform.store).keep(records, { forward: false });
  const left = async () =>
    (await platform.store.db.selectFrom('checkRecord').select('recordId').orderBy('recordId').execute()).map(
      ({ recordId }) => recordId,
    );
  const command = async (...args: string[]) => {
    const program = createNationalProgram(platform.env, () => platform.now.value);
    return outputOf(() => runCommand(program, ['node', 'main.ts', ...args], platform.env));
  };

  it('purges check records at night, by the time of the newest record, with the reports of their days, and keeps the tickets', async () => {
    const { store, now } = platform;
    const old = recordOf(4);
    await platform.take(cinemaKind, [{ cinemaCode: CINEMA, cinemaName: '示例影城' }]);
    const { filmTicketCode, startTime } = old;
    await platform.take(ticketKind, [makeTicket(1, { filmTicketCode, startTime })]);
    const [young, newest] = [recordOf(1), recordOf(0)];
    await keep(old, recordOf(5), young, newest);
    const told = {
      ...{ cinemaCode: CINEMA, username: 'vendor-a', countedAt: old.checkTime, toldAt: old.checkTime },
      ...{ entries: 1, delivered: 1, hours: '[]', overrides: 0, undone: 0 },
    };
    const toldDays = () => store.db.selectFrom('toldDay').select('businessDate').orderBy('businessDate').execute();
    const dates = [old, young].map(({ checkTime }) => ({ businessDate: businessDate(checkTime) }));
    await store.db
      .insertInto('toldDay')
      .values(dates.map((date) => ({ ...date, ...told })))
      .execute();
    now.value = NEXT_NIGHT;
    await expect.poll(left).toEqual([young.recordId, newest.recordId]);
    await expect.poll(toldDays).toEqual(dates.slice(1));
    const ticketOf = createTicketLookup(store, createRecordStore(store));
    expect(await ticketOf({ cinemaCode: CINEMA, filmTicketCode, startTime })).toMatchObject({ checkStatus: 'No' });
    const written = () => store.db.selectFrom('operation').select(['name', 'actor', 'what']).orderBy('id').execute();
    await expect.poll(written).toHaveLength(2);
    const [begun] = await written();
    expect(begun).toMatchObject({ name: 'records purge', actor: 'retention' });
    expect(JSON.parse(begun?.what ?? '')).toMatchObject({
      confirmedAt: newest.checkTime,
      confirmedBy: 'the newest check record',
    });
  });

  it('does not go by a quarantined record, whose CheckTime is unproved', async () => {
    const ahead = recordOf(-10, { quarantine: 'CHECK_TIME_IMPLAUSIBLE' });
    const [young, newest] = [recordOf(1), recordOf(0)];
    await keep(young, newest, ahead);
    platform.now.value = NOW + 10 * YEAR_MS;
    const { stdout } = await command('retention', 'show');
    expect(JSON.parse(stdout)).toMatchObject({ RetentionMonths: 36, ConfirmedAt: newest.checkTime, WouldPurge: {} });
  });

  it('purges nothing by command where no record tells the time', async () => {
    await keep(recordOf(4, { quarantine: 'CODE_NOT_GENUINE' }));
    const { result, stderr } = await command('records', 'purge', '--yes');
    expect(result).toBe(1);
    expect(stderr).toContain('No check record confirms the time');
  });
});
