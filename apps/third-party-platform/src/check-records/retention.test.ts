import { createRecordStore, makeMonths, type ReceivedRecord } from '@ticket-check/check-records';
import { addSeconds, parseWallClock, type WallClock, wallClockAt } from '@ticket-check/protocol';
import { createLogger } from '@ticket-check/runtime';
import { startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createClaimStore } from '../claims/claim-store.ts';
import { readThirdPartySettings } from '../config.ts';
import { openDatabase } from '../database.ts';
import { CINEMA, claimFor, makeUkey, receivedRecord } from '../testing/test-cinema.ts';
import { createSite } from '../testing/test-platform.ts';
import { followingEntries } from './follow-records.ts';

const ukey = makeUkey();
const YEAR_SECONDS = 365 * 86_400;
const YEAR_MS = YEAR_SECONDS * 1000;
const LONG_AGO = addSeconds(wallClockAt(Date.now()), -5 * YEAR_SECONDS);
const A_YEAR_AGO = addSeconds(wallClockAt(Date.now()), -YEAR_SECONDS);

type Health = { retention: { confirmedAt: string | null } };

/** A record whose session, check and arrival were at a time, one of many. */
const recordAt = (time: WallClock) => receivedRecord(ukey, { startTime: time, checkTime: time });

/** How far from now the purge of the next night has started, whatever its jitter. */
function toNextNight(): number {
  const today = parseWallClock(`${wallClockAt(Date.now()).slice(0, 10)}T04:31:00`);
  return Date.parse(`${addSeconds(today, 86_400)}+08:00`) - Date.now();
}

describeEachEngine('retention at a third-party platform', ({ url, engine }) => {
  /** @param place on PostgreSQL `month`: the old records lie in the partition of their month */
  async function setUp(place: 'month' | 'rest' = 'month') {
    const nationalClock = { ahead: 0 };
    const national = await startNationalPlatform({
      cinemaCodes: [CINEMA],
      now: () => Date.now() + nationalClock.ahead,
    });
    national.keys.set(CINEMA, [ukey.key]);
    const site = await createSite(await url());
    await site.setUpstream(national.bundle);
    const store = await openDatabase(readThirdPartySettings(site.env));
    onTestFinished(() => store.close());
    if (place === 'month') await store.transaction((trx) => makeMonths(trx, store.engine, LONG_AGO));
    const records = createRecordStore(store, { inSameTransaction: followingEntries(store) });
    const keep = async (...given: ReceivedRecord[]) => {
      await records.keep(given, { forward: false });
      return given.map(({ recordId }) => recordId);
    };
    const idsIn = async (table: 'checkRecord' | 'ticketClaim') => {
      const rows = await store.db.selectFrom(table).select('recordId').orderBy('recordId').execute();
      return rows.map(({ recordId }) => recordId);
    };
    const left = () => idsIn('checkRecord');
    const claims = () => idsIn('ticketClaim');
    const operations = async () =>
      (
        await store.db.selectFrom('operation').selectAll().where('name', '=', 'records purge').orderBy('id').execute()
      ).map(({ actor, endedAt, failed, what }) => ({
        actor,
        hasEnded: endedAt !== null,
        failed,
        what: JSON.parse(what),
      }));
    const lines: string[] = [];
    const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });
    /** Starts the service, and waits until it has heard the time. */
    const startHearing = async () => {
      const service = await site.start(logger);
      const bundle = await site.issue('terminal-1', CINEMA, service.url);
      const get = (path: string) => site.get(service, path, bundle);
      await expect.poll(async () => ((await get('/health')) as Health).retention.confirmedAt).not.toBeNull();
      return get;
    };
    return { national, nationalClock, site, store, keep, left, claims, operations, lines, logger, startHearing };
  }

  it('purges records with their claims at night, and writes down what went', async () => {
    const { site, store, keep, left, claims, operations, startHearing } = await setUp();
    const young = recordAt(A_YEAR_AGO);
    const held = recordAt(LONG_AGO);
    // Another terminal claimed the ticket, and its record has not come.
    const { startTime, cinemaCode, filmTicketCode } = held;
    await createClaimStore(store, Date.now).claim({ ...claimFor(), startTime, cinemaCode, filmTicketCode });
    await keep(recordAt(LONG_AGO), recordAt(LONG_AGO), held, young);
    expect(await claims()).toHaveLength(4);

    const get = await startHearing();
    expect(await left()).toHaveLength(4);
    site.clock.ahead = toNextNight();
    await expect.poll(left).toEqual([held.recordId, young.recordId].sort());
    expect(await claims()).toHaveLength(2);
    await expect.poll(operations).toHaveLength(2);
    expect(await operations()).toMatchObject([
      {
        actor: 'retention',
        hasEnded: false,
        what: { confirmedBy: expect.stringContaining('https://') },
      },
      {
        actor: 'retention',
        hasEnded: true,
        failed: 0,
        what: { purged: { checkRecords: 2, claims: 2 }, stayed: { CLAIM_OPEN: 1 }, oldest: LONG_AGO },
      },
    ]);
    expect(await get('/health')).toMatchObject({
      retention: { ok: true, months: 36, oldestRecord: LONG_AGO },
    });
    expect(await get('/metrics')).toContain('check_records_purged 2');
  });

  describe('the command', () => {
    it('says first what would go and what stays, deletes it then, and writes nothing where nothing goes', async () => {
      const { site, store, keep, left, operations } = await setUp();
      const first = recordAt(LONG_AGO);
      const second = { ...first, recordId: recordAt(LONG_AGO).recordId };
      await keep(recordAt(LONG_AGO), first, second, recordAt(A_YEAR_AGO));
      const told = { ConfirmedBy: expect.stringContaining('https://'), Stayed: { FINDING_OPEN: 2 } };
      const dry = await site.command('records', 'purge', '--dry-run');
      expect(JSON.parse(dry.stdout)).toMatchObject({
        ...told,
        WouldPurge: { checkRecords: 1, claims: 1 },
        OldestCheckTime: LONG_AGO,
      });
      const shown = await site.command('retention', 'show');
      expect(JSON.parse(shown.stdout)).toMatchObject({
        RetentionMonths: 36,
        ...JSON.parse(dry.stdout),
        ConfirmedAt: expect.any(String),
      });
      expect(await left()).toHaveLength(4);
      const unconfirmed = await site.spawnCommand('records', 'purge');
      expect(unconfirmed).toMatchObject({ exitCode: 1, stdout: '' });
      expect(unconfirmed.stderr).toMatch(
        /older than the business date \d{4}-\d\d-\d\d .*: check records 1, claims 1\.\n/,
      );
      expect([(await left()).length, await operations()]).toEqual([4, []]);
      const done = await site.command('records', 'purge', '--yes');
      expect(JSON.parse(done.stdout)).toMatchObject({ ...told, Purged: { checkRecords: 1, claims: 1 } });
      expect(await left()).toHaveLength(3);
      const again = await site.command('records', 'purge', '--yes');
      expect(JSON.parse(again.stdout)).toMatchObject({ ...told, Purged: {} });
      expect(await operations()).toHaveLength(2);
      // The dispute over the double has ended.
      const named = ['--kind', 'DOUBLE', '--cinema', CINEMA, '--ticket', first.filmTicketCode, '--start', LONG_AGO];
      await site.command('worklist', 'note', ...named, '--outcome', 'paid twice');
      const settled = await site.command('records', 'purge', '--yes');
      expect(JSON.parse(settled.stdout)).toMatchObject({ Stayed: {}, Purged: { checkRecords: 2, findings: 1 } });
      expect(await store.db.selectFrom('findingNote').selectAll().execute()).toEqual([]);
    });
  });

  // What follows asks the database nothing that the tests of the stores do not ask on both engines.
  if (engine === 'postgres') return;

  it.each(['its own', 'the national platform’s'])(
    'purges nothing of the last three years where %s clock is ten years ahead',
    async (whose) => {
      const { site, nationalClock, keep, left, startHearing } = await setUp();
      const isOwn = whose === 'its own';
      nationalClock.ahead = isOwn ? 0 : 10 * YEAR_MS;
      const [, young] = await keep(recordAt(LONG_AGO), recordAt(A_YEAR_AGO));
      await startHearing();
      site.clock.ahead = (isOwn ? 10 * YEAR_MS : 0) + toNextNight();
      await expect.poll(left).toEqual([young]);
    },
  );

  it('purges nothing if no other clock has confirmed the time, and says so', async () => {
    const { national, site, keep, left, lines, logger, operations } = await setUp();
    await national.stop();
    await keep(recordAt(LONG_AGO));
    await site.start(logger);
    site.clock.ahead = 10 * YEAR_MS + toNextNight();
    await expect.poll(() => lines.some((line) => line.includes('purge put off'))).toBe(true);
    expect(await left()).toHaveLength(1);
    const { exitCode, stderr } = await site.command('records', 'purge', '--yes');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('did not tell the time');
    expect(stderr).toContain('Nothing was purged.');
    expect([await left(), await operations()]).toEqual([[expect.any(String)], []]);
  });

  it('by command says what would go by its own clock where the platform above does not answer', async () => {
    const { national, site, keep, left } = await setUp();
    await national.stop();
    await keep(recordAt(LONG_AGO));
    const { stdout, stderr } = await site.command('records', 'purge', '--dry-run');
    expect(JSON.parse(stdout)).toMatchObject({ ConfirmedAt: null, WouldPurge: { checkRecords: 1 } });
    expect(stderr).toContain('Shown by the clock of this machine');
    expect(await left()).toHaveLength(1);
  });

  it('keeps check records for three years at least', () => {
    expect(readThirdPartySettings({}).RETENTION_MONTHS).toBe(36);
    expect(readThirdPartySettings({ RETENTION_MONTHS: '120' }).RETENTION_MONTHS).toBe(120);
    expect(() => readThirdPartySettings({ RETENTION_MONTHS: '35' })).toThrow(
      'The environment variable RETENTION_MONTHS is "35"; it must be a whole number from 36 to 600: check records are kept for 3 years at least (5.3.1.3 of the scheme).',
    );
  });
});
