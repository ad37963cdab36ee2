// @module-tag service
import type { CinemaCode } from '@ticket-check/protocol';
import { describeSqlite } from '@ticket-check/storage/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cinemaKind, publicKeyKind, ticketKind } from '../intake/kinds.ts';
import { checkTicketJson, makeTicket, makeUkey, NOW } from '../testing/test-cinema.ts';
import { type Caller, startTestPlatform, type TestPlatform } from '../testing/test-platform.ts';

const EXTENDED = { 'ticket-check-extensions': 'record-id, shared-cinema' };
const DAY_MS = 86_400_000;

describeSqlite('a cinema that two platforms serve', ({ url }) => {
  let platform: TestPlatform;
  let a: Caller;
  let b: Caller;
  let numbers = 0;

  beforeAll(async () => {
    platform = await startTestPlatform(await url());
    a = await platform.issue('platform-a');
    b = await platform.issue('platform-b');
  });
  afterAll(() => platform.close());

  /** A cinema of its own, with one sold ticket. */
  async function setUp() {
    numbers += 1;
    platform.now.value = NOW;
    const cinemaCode = String(31_020_000 + numbers) as CinemaCode;
    const ukey = makeUkey('2024-01-01T00:00:00', cinemaCode);
    const ticket = makeTicket(numbers, { cinemaCode });
    await platform.take(cinemaKind, [{ cinemaCode, cinemaName: '示例影城' }]);
    await platform.take(publicKeyKind, [ukey.row]);
    await platform.take(ticketKind, [ticket]);
    const asked = { CinemaCode: cinemaCode, FilmTicketCode: ticket.filmTicketCode, StartTime: ticket.startTime };
    const isShared = async (caller: Caller, query: object = asked) =>
      (await caller.data('GetTicketInfo', query, EXTENDED)).SharedCinema;
    const report = (caller: Caller) =>
      caller.data('ReportOriginalCheckTickets', {
        CinemaCode: cinemaCode,
        CheckTickets: [checkTicketJson(ticket, ukey)],
      });
    const notedDays = () =>
      platform.store.db
        .selectFrom('cinemaActivity')
        .select(['username', 'lastActiveOn'])
        .where('cinemaCode', '=', cinemaCode)
        .orderBy('username')
        .execute();
    return { cinemaCode, ticket, asked, isShared, report, notedDays };
  }

  it('is shared for both from the moment when the second asks', async () => {
    const { isShared } = await setUp();
    expect(await isShared(a)).toBeUndefined();
    expect(await isShared(a)).toBeUndefined();
    expect(await isShared(b)).toBe(true);
    expect(await isShared(a)).toBe(true);
  });

  it('is shared for at least one of two that ask for the first time at the same moment', async () => {
    for (let times = 0; times < 10; times += 1) {
      const { isShared } = await setUp();
      expect(await Promise.all([isShared(a), isShared(a), isShared(b)])).toContain(true);
    }
  });

  it('is shared also for a ticket that nobody sold', async () => {
    const { isShared, asked } = await setUp();
    const unsold = { ...asked, FilmTicketCode: '9999999999999999' };
    await isShared(a, unsold);
    expect(await b.data('GetTicketInfo', unsold, EXTENDED)).toMatchObject({
      ErrorCode: 'TICKET_NOT_FOUND',
      SharedCinema: true,
    });
  });

  it('is shared with a platform that only reports', async () => {
    const { isShared, report, notedDays } = await setUp();
    await isShared(a);
    expect(await report(b)).toEqual({ ReportResult: true });
    await expect.poll(notedDays).toHaveLength(2);
    expect(await isShared(a)).toBe(true);
  });

  it('is not shared with a former platform that reports nothing, or what is refused each time', async () => {
    const { cinemaCode, isShared, notedDays } = await setUp();
    await isShared(a);
    const reports = [[], [{ FilmTicketCode: 'no record' }]];
    for (const CheckTickets of reports) {
      await b.data('ReportOriginalCheckTickets', { CinemaCode: cinemaCode, CheckTickets });
    }
    // What is noted in the background would be there before what is asked later.
    platform.now.value = NOW + DAY_MS;
    await isShared(a);
    await expect.poll(notedDays).toEqual([{ username: 'platform-a', lastActiveOn: '2026-11-25' }]);
    expect(await isShared(a)).toBeUndefined();
  });

  it('is never called shared to a caller that did not announce the extension', async () => {
    const { isShared, asked } = await setUp();
    await isShared(a);
    await isShared(b);
    for (const headers of [{}, { 'ticket-check-extensions': 'record-id' }]) {
      expect(await b.data('GetTicketInfo', asked, headers)).not.toHaveProperty('SharedCinema');
    }
  });

  it('is not shared with an account that is revoked, expired, or silent for more than 30 days', async () => {
    const { isShared } = await setUp();
    const revoked = await platform.issue('platform-revoked');
    expect([await isShared(revoked), await isShared(a)]).toEqual([undefined, true]);
    await platform.store.db
      .updateTable('account')
      .set({ revokedAt: '2026-11-24T19:15:00' })
      .where('username', '=', 'platform-revoked')
      .execute();
    expect(await isShared(a)).toBeUndefined();
    expect(await isShared(b)).toBe(true);
    await platform.store.db
      .updateTable('account')
      .set({ expiresAt: '2026-11-24T20:00:00' })
      .where('username', '=', 'platform-b')
      .execute();
    expect(await isShared(a)).toBe(true);
    platform.now.value = NOW + 60 * 60_000;
    expect(await isShared(a)).toBeUndefined();
    await platform.store.db
      .updateTable('account')
      .set({ expiresAt: null })
      .where('username', '=', 'platform-b')
      .execute();
    platform.now.value = NOW + 30 * DAY_MS;
    expect(await isShared(a)).toBe(true);
    platform.now.value = NOW + 31 * DAY_MS;
    expect(await isShared(a)).toBeUndefined();
  });

  it('is noted once a business date for each account, and no cinema that was never imported is', async () => {
    const { isShared, notedDays, asked } = await setUp();
    await isShared(a);
    await isShared(a);
    expect(await notedDays()).toEqual([{ username: 'platform-a', lastActiveOn: '2026-11-24' }]);
    platform.now.value = NOW + DAY_MS;
    await isShared(a);
    await expect.poll(notedDays).toEqual([{ username: 'platform-a', lastActiveOn: '2026-11-25' }]);
    await isShared(a, { ...asked, CinemaCode: '99999999' });
    const strangers = await platform.store.db
      .selectFrom('cinemaActivity')
      .selectAll()
      .where('cinemaCode', '=', '99999999')
      .execute();
    expect(strangers).toEqual([]);
  });
});
