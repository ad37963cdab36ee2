import { countDay, createRecordStore, type ReceivedRecord } from '@ticket-check/check-records';
import { createAccounts } from '@ticket-check/exchange';
import { issueAccount } from '@ticket-check/exchange/testing';
import { addSeconds, businessDate, epochOf, parseWallClock } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { knownRefunds } from '../changes/known-refunds.ts';
import { followingEntries } from '../check-records/follow-records.ts';
import { type ThirdPartyTables, thirdPartyMigrations } from '../database.ts';
import { CINEMA, makeUkey, OTHER_CINEMA, receivedRecord } from '../testing/test-cinema.ts';
import { doublesToTell } from './doubles-to-tell.ts';
import { notingRefunds } from './find.ts';
import type { FindingRow } from './finding-row.ts';
import { type AskedFindings, lateRefundsFound, listFindings, noteOutcome } from './worklist.ts';

const AT = parseWallClock('2026-11-24T23:05:00');
const ukey = makeUkey();

const entryFor = (changes?: Partial<ReceivedRecord>) => receivedRecord(ukey, changes);

/** Another entry with the ticket, some seconds later. */
function againFor(record: ReceivedRecord, seconds = 60): ReceivedRecord {
  const checkTime = addSeconds(record.checkTime, seconds);
  const { recordId } = entryFor();
  return { ...record, recordId, checkTime, receivedAt: checkTime, account: 'terminal-2' };
}

describeEachEngine('the worklist', (engine) => {
  async function setUp() {
    const store = await engine.open<ThirdPartyTables>(thirdPartyMigrations);
    const records = createRecordStore(store, { inSameTransaction: followingEntries(store) });
    const keep = (...given: ReceivedRecord[]) => records.keep(given, { forward: true });
    const list = async (asked: Partial<AskedFindings> = {}) =>
      (await listFindings(store, { state: 'open', cinemas: 'all', after: null, limit: 10, ...asked })).rows;
    const note = async (found: FindingRow, outcome: string, seen?: string | null, at = AT) => {
      const { Kind: kind, CinemaCode: cinemaCode, FilmTicketCode: filmTicketCode, StartTime: startTime } = found;
      const key = { kind, cinemaCode, filmTicketCode, startTime };
      return store.transaction((db) => noteOutcome({ db }, key, { outcome, operator: 'anna', at }, seen));
    };
    const refunds = notingRefunds(store, { now: () => Date.now(), logger: pino({ level: 'silent' }) });
    const refunded = refunds.note;
    return { store, records, keep, list, note, refunds, refunded };
  }

  it('holds the tickets with more than one entry that counts, with all of them, and no other', async () => {
    const { keep, list, records } = await setUp();
    const [one, two, three] = [entryFor(), entryFor(), entryFor()];
    const second = { ...againFor(one), overriddenVerdict: 'ALREADY_ENTERED' as const };
    await keep(one, two, three);
    await keep(one);
    expect(await list()).toEqual([]);
    const aside = againFor(two);
    await keep(second, { ...aside, quarantine: 'CODE_NOT_GENUINE' });
    const { filmTicketCode } = one;
    expect(await list()).toMatchObject([
      {
        Kind: 'DOUBLE',
        FilmTicketCode: filmTicketCode,
        FoundAt: second.receivedAt,
        NotedAt: null,
        Entries: [
          { RecordId: one.recordId },
          { RecordId: second.recordId, Account: 'terminal-2', OverriddenVerdict: 'ALREADY_ENTERED' },
        ],
        Notes: [],
      },
    ]);
    // The quarantined record counts from now on.
    await records.settle([{ ...aside, quarantine: null }], { forward: true });
    expect((await list()).map((found) => found.FilmTicketCode)).toEqual([filmTicketCode, two.filmTicketCode]);
    // Both in one report.
    await keep(againFor(three), againFor(three, 120));
    expect(await list()).toHaveLength(3);
  });

  it('tells a report which entries are of refunded tickets, by terminal and gate', async () => {
    const { keep, note, list, refunded, store } = await setUp();
    const [one, two, fine] = [entryFor({ gate: 'gate-1' }), entryFor({ gate: 'gate-1' }), entryFor({ gate: '北门' })];
    const date = businessDate(one.checkTime);
    const count = async () =>
      (await countDay(store, { date, by: 'gate', lateRefunds: lateRefundsFound(store).find })).map(
        ({ account, gate, lateRefunds }) => [account, gate, lateRefunds],
      );
    await refunded(one, null);
    await keep(one, { ...two, account: 'terminal-2' }, fine);
    const [otherGates, otherTerminal] = [
      ['terminal-1', '北门', 0],
      ['terminal-2', 'gate-1', 0],
    ];
    expect(await count()).toEqual([['terminal-1', 'gate-1', 1], otherGates, otherTerminal]);
    // Once somebody has looked into it, it was one all the same.
    const [finding] = await list({ kind: 'LATE_REFUND' });
    await note(finding!, 'paid again');
    await refunded(two, null);
    expect(await count()).toEqual([['terminal-1', 'gate-1', 1], otherGates, ['terminal-2', 'gate-1', 1]]);
  });

  it('keeps each outcome that was noted, and opens a finding again when another entry comes', async () => {
    const { keep, list, note } = await setUp();
    const one = entryFor();
    await keep(one, againFor(one));
    const [found] = await list();
    const key = found!;
    expect(await note(key, 'a family with one ticket', null)).toBeNull();
    expect(await list()).toEqual([]);
    await expect(note(key, 'I saw none', null)).rejects.toMatchObject({ code: 'changed' });
    expect(await note(key, 'they paid', AT, addSeconds(AT, 5))).toBe('a family with one ticket');
    await expect(note({ ...key, Kind: 'LATE_REFUND' }, 'no such')).rejects.toMatchObject({ code: 'changed' });
    const [noted] = await list({ state: 'noted' });
    expect(noted!.Notes).toEqual([
      { Outcome: 'a family with one ticket', Operator: 'anna', NotedAt: AT },
      { Outcome: 'they paid', Operator: 'anna', NotedAt: addSeconds(AT, 5) },
    ]);
    await keep(againFor(one, 90));
    expect(await list({ state: 'noted' })).toEqual([]);
    expect(await list()).toMatchObject([{ Notes: [{}, {}], Entries: [{}, {}, {}] }]);
  });

  it('holds the entries of tickets that were refunded, whichever comes first, and no refund without an entry', async () => {
    const { keep, list, refunded, store } = await setUp();
    const [before, after, never] = [entryFor(), entryFor(), entryFor()];
    await keep(before);
    const at = addSeconds(before.checkTime, 600);
    await Promise.all([refunded(before, at), refunded(after, null), refunded(never, at), refunded(before, at)]);
    expect(await list()).toMatchObject([
      { Kind: 'LATE_REFUND', FilmTicketCode: before.filmTicketCode, RefundTime: at, Entries: [{}] },
    ]);
    await keep(after);
    await refunded(after, at);
    expect(await list({ kind: 'LATE_REFUND' })).toHaveLength(2);
    expect(await list({ kind: 'DOUBLE' })).toEqual([]);
    // What never led to an entry is known, and no finding.
    const rows = await store.db.selectFrom('finding').select('filmTicketCode').execute();
    expect(rows.map(({ filmTicketCode }) => filmTicketCode).toSorted()).toEqual(
      [before, after].map(({ filmTicketCode }) => filmTicketCode).toSorted(),
    );
    const known = await knownRefunds(store, [before, after, never, entryFor()]);
    expect([...known.values()].map(({ refundedAt }) => refundedAt)).toEqual([at, at, at]);
  });

  it('misses no ticket whose entry and refund are kept at the same moment', async () => {
    const { list, refunded, store } = await setUp();
    const [isAlmostKept, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const following = followingEntries(store);
    const records = createRecordStore(store, {
      async inSameTransaction(trx, entries) {
        const left = await following(trx, entries);
        isAlmostKept.resolve();
        await mayEnd.promise;
        return left;
      },
    });
    const entry = entryFor();
    const keeping = records.keep([entry], { forward: true });
    await isAlmostKept.promise;
    const noting = refunded(entry, null);
    let isNoted = false;
    void noting.then(() => {
      isNoted = true;
    });
    const waits = async () => (await sql`select 1 from pg_locks where not granted`.execute(store.db)).rows.length > 0;
    // On SQLite it waits for the other transaction to end, and so would this question.
    if (engine.engine === 'postgres') await expect.poll(async () => isNoted || (await waits())).toBe(true);
    mayEnd.resolve();
    await Promise.all([keeping, noting]);
    expect(await list()).toMatchObject([{ Kind: 'LATE_REFUND', FilmTicketCode: entry.filmTicketCode }]);
  });

  it('is read in pages, of the cinemas that are asked for', async () => {
    const { keep, list, store } = await setUp();
    const ours = Array.from({ length: 5 }, () => entryFor());
    const theirs = entryFor({ cinemaCode: OTHER_CINEMA });
    await keep(...[...ours, theirs].flatMap((record, n) => [record, againFor(record, 60 + n)]));
    const seen: string[] = [];
    let after: AskedFindings['after'] = null;
    do {
      const page: Awaited<ReturnType<typeof listFindings>> = await listFindings(store, {
        state: 'open',
        cinemas: [CINEMA],
        after,
        limit: 2,
      });
      seen.push(...page.rows.map(({ FilmTicketCode }) => FilmTicketCode));
      after = page.next;
    } while (after !== null);
    expect(seen).toEqual(ours.map(({ filmTicketCode }) => filmTicketCode));
    expect(await list({ cinemas: [OTHER_CINEMA] })).toHaveLength(1);
    expect(await list({ cinemas: [] })).toEqual([]);
  });

  it('is reported to each account of its entries whose ticket was used through another one, first or later, while it is open', async () => {
    const { store, keep, note, list } = await setUp();
    let at = epochOf(AT);
    const told = () => doublesToTell(store, () => at);
    const [one, own] = [entryFor({ receivedAt: AT }), entryFor({ receivedAt: AT })];
    const second = { ...againFor(one), receivedAt: AT };
    await keep(one, second, own, { ...againFor(own), account: 'terminal-1' });
    const doubles = told();
    const entryOf = ({ recordId, checkTime }: ReceivedRecord) => ({ recordId, checkTime });
    expect(await doubles('terminal-1')).toMatchObject([{ recordId: one.recordId, entry: entryOf(second) }]);
    expect(await doubles('terminal-2')).toMatchObject([{ recordId: second.recordId, entry: entryOf(one) }]);
    expect(await doubles('terminal-3')).toEqual([]);

    // One that replaces another one hears of the entries of both, and of none that it made itself.
    for (const username of ['terminal-1', 'terminal-2', 'terminal-3', 'terminal-4']) {
      await issueAccount(
        createAccounts(store, () => at),
        { username, role: 'platform', cinemaCodes: 'all' },
      );
    }
    const { replace } = createAccounts(store, () => at);
    await replace('terminal-3', 'terminal-1');
    await replace('terminal-4', 'terminal-3');
    expect(await told()('terminal-4')).toMatchObject([{ recordId: one.recordId, entry: entryOf(second) }]);
    expect(await told()('terminal-1')).toEqual([]);
    await replace('terminal-4', null);
    await replace('terminal-2', 'terminal-3');
    for (const account of ['terminal-1', 'terminal-2', 'terminal-3']) expect(await told()(account)).toEqual([]);
    await replace('terminal-2', null);

    at += 4 * 86_400_000;
    expect(await told()('terminal-1')).toEqual([]);
    at = epochOf(AT);
    for (const found of await list()) await note(found, 'they paid');
    expect(await told()('terminal-1')).toEqual([]);
  });
});
