// @module-tag service

import { createReading } from '@ticket-check/admin';
import { createBrowser, OWN } from '@ticket-check/admin/testing';
import { createOperators, createPasswords } from '@ticket-check/operators';
import { parseWallClock, wallClockAt } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it, onTestFinished } from 'vitest';
import { cinemaKind, publicKeyKind, refundKind, ticketKind } from '../intake/kinds.ts';
import { CINEMA, CINEMAS, checkTicketJson, makeTicket, makeUkey, OTHER_CINEMA, START } from '../testing/test-cinema.ts';
import { startTestPlatform } from '../testing/test-platform.ts';
import { platformsPages } from './platforms-pages.ts';

const passwords = createPasswords();

describeEachEngine('cinemas, tickets and platforms on the national console', ({ url }) => {
  it('are shown to operators of the cinema', async () => {
    const platform = await startTestPlatform(await url());
    onTestFinished(() => platform.close());
    const now = () => platform.now.value;
    const ukey = makeUkey();
    const [entered, refunded, unused] = [makeTicket(1), makeTicket(2), makeTicket(3)];
    const elsewhere = makeTicket(4, { cinemaCode: OTHER_CINEMA, startTime: parseWallClock('2026-11-24T21:00:00') });
    await platform.take(cinemaKind, CINEMAS);
    await platform.take(publicKeyKind, [ukey.row]);
    await platform.take(ticketKind, [entered, refunded, unused, elsewhere]);
    const { cinemaCode, filmTicketCode, startTime } = refunded;
    const refundTime = parseWallClock('2026-11-24T10:00:00');
    await platform.take(refundKind, [{ cinemaCode, filmTicketCode, startTime, refundTime }]);
    const vendor = await platform.issue('vendor-a');
    const records = { CinemaCode: CINEMA, CheckTickets: [checkTicketJson(entered, ukey)] };
    expect(await vendor.data('ReportOriginalCheckTickets', records)).toMatchObject({ ReportResult: true });
    const idle = await platform.issue('vendor-b', { cinemaCodes: [OTHER_CINEMA] });

    const hash = await passwords.hash(OWN);
    const browserOf = async (username: string, cinemaCodes: 'all' | (typeof CINEMA)[]) => {
      const operators = createOperators(platform.store, now);
      await operators.add({ username, role: 'supervisor', cinemaCodes, passwordHash: 'none' });
      await operators.choosePassword(username, { before: 'none', passwordHash: hash });
      const browser = await createBrowser(platform, { directory: platform.env.DATA_DIR! });
      await browser.logIn(username);
      return async (path: string) => {
        const { status, text } = await browser.ask(path);
        return { status, body: JSON.parse(text) };
      };
    };
    const anna = await browserOf('anna', 'all');
    const dora = await browserOf('dora', [OTHER_CINEMA]);

    await platform.issue('box-office-b', { role: 'data-source', cinemaCodes: [OTHER_CINEMA] });
    const source = await platform.issue('box-office-a', { role: 'data-source', cinemaCodes: [CINEMA] });
    const film = { FilmCode: '001102582019', FilmName: '示例影片' };
    const films = { Films: [film] };
    expect(await source.data('ImportFilms', films)).toMatchObject({ Imported: 1 });
    const foreign = { Screens: [{ CinemaCode: OTHER_CINEMA, ScreenCode: '0000000000000001', ScreenName: '1' }] };
    expect((await source.ask('ImportScreens', foreign)).status).toBe(403);
    const at = wallClockAt(now());
    const noImport = { Imported: 0, Unchanged: 0, LastAt: null, Refused: 0, LastRefusedAt: null, ErrorCode: null };
    const intakeOf = async (ask: typeof anna, path = '/intake.json') => (await ask(path)).body;
    expect(await intakeOf(anna)).toMatchObject({
      Sources: [
        { Username: 'box-office-b', LastAt: null, Silent: true, Imports: [] },
        {
          Username: 'box-office-a',
          CinemaCodes: [CINEMA],
          LastAt: at,
          Silent: false,
          Imports: [
            { ...noImport, Kind: 'films', Imported: 1, LastAt: at },
            { ...noImport, Kind: 'screens', Refused: 1, LastRefusedAt: at, ErrorCode: 'CINEMA_NOT_ALLOWED' },
          ],
        },
        {
          Username: null,
          Imports: [{ Kind: 'cinemas' }, { Kind: 'public-keys' }, { Kind: 'refunds' }, { Kind: 'tickets' }],
        },
      ],
      Next: null,
    });
    const rest = `/intake.json?${new URLSearchParams({ after: JSON.stringify(['', 'box-office-b']) })}`;
    expect(await intakeOf(anna, rest)).toMatchObject({ Sources: [{ Username: 'box-office-a' }], Next: null });
    expect(await intakeOf(anna, '/intake.json?after=rubbish')).toEqual({ error: 'bad-input' });
    expect((await intakeOf(anna, '/intake.json?businessDate=2026-11-01')).Sources).toMatchObject([
      { Username: 'box-office-b' },
      { Username: 'box-office-a', LastAt: at, Imports: [] },
    ]);
    expect((await intakeOf(dora)).Sources).toMatchObject([{ Username: 'box-office-b' }]);

    const platforms = () => anna('/platforms.json?platform=vendor-a&businessDate=2026-11-24');
    // Who works where is noted beside the report.
    await expect.poll(async () => (await platforms()).body.Platforms[0].Cinemas).toBe(1);
    expect((await platforms()).body).toMatchObject({
      Platforms: [{ Username: 'vendor-a', LastActiveOn: '2026-11-24', Entries: 1, Quarantined: 0 }],
    });
    const names = async (ask: typeof anna) =>
      (await ask('/platforms.json')).body.Platforms.map(({ Username }: { Username: string }) => Username);
    expect(await names(anna)).toEqual(['vendor-a', idle.username]);
    expect(await names(dora)).toEqual([]);

    expect((await anna('/cinemas.json')).body).toMatchObject({
      Cinemas: [
        {
          CinemaCode: CINEMA,
          CinemaName: '示例影城',
          Keys: [{ Fingerprint: ukey.row.fingerprint, StartTime: ukey.row.startTime }],
          Platforms: [{ Username: 'vendor-a' }],
        },
        { CinemaCode: OTHER_CINEMA, Keys: [], Platforms: [] },
      ],
      Next: null,
    });
    expect((await dora('/cinemas.json')).body.Cinemas).toMatchObject([{ CinemaCode: OTHER_CINEMA }]);

    const ofDay = `/tickets.json?cinema=${CINEMA}&businessDate=2026-11-24`;
    expect((await anna(ofDay)).body.Sessions).toMatchObject([{ StartTime: START, Sold: 3, Refunded: 1, Entered: 1 }]);
    expect((await anna(ofDay.replace('24', '25'))).body.Sessions).toEqual([]);
    expect((await anna(`${ofDay.replace('24', '20')}&until=2026-11-24`)).body.Sessions).toHaveLength(1);
    const ofWeek = '/platforms.json?platform=vendor-a&businessDate=2026-11-20&until=2026-11-26';
    expect((await anna(ofWeek)).body.Platforms).toMatchObject([{ Entries: 1 }]);
    const ofSession = `/tickets.json?cinema=${CINEMA}&start=${START}`;
    expect((await anna(ofSession)).body.Tickets).toMatchObject([
      { FilmTicketCode: entered.filmTicketCode, CheckTime: '2026-11-24T19:10:00', RefundTime: null },
      { FilmTicketCode: refunded.filmTicketCode, CheckTime: null, RefundTime: refundTime },
      { FilmTicketCode: unused.filmTicketCode, CheckTime: null, RefundTime: null },
    ]);
    expect((await anna(`${ofSession}&after=%22${entered.filmTicketCode}%22`)).body.Tickets).toHaveLength(2);
    const one = `${ofSession}&ticket=${entered.filmTicketCode}`;
    expect((await anna(one)).body).toMatchObject({
      Ticket: { CheckStatus: 'Yes', CinemaName: '示例影城' },
      Entries: [{ Username: 'vendor-a', First: true }],
    });
    for (const [ask, path, status, error] of [
      [dora, ofDay, 403, 'forbidden'],
      [dora, one, 403, 'forbidden'],
      [dora, `/cinemas.json?cinema=${CINEMA}`, 403, 'forbidden'],
      [anna, '/tickets.json', 400, 'no-cinema'],
      [anna, `${ofSession}&ticket=99`, 404, 'no-ticket'],
      [anna, `${ofSession}&after=rubbish`, 400, 'bad-input'],
      [anna, '/platforms.json?businessDate=2026-13-01', 400, 'bad-businessDate'],
      [anna, `${ofDay}&until=2026-11-23`, 400, 'bad-range'],
    ] as const) {
      expect(await ask(path)).toMatchObject({ status, body: { error } });
    }

    // Money of what was sold beside that of what was entered, also of sessions without guests.
    const reportBy = async (by: string, ask = anna) =>
      (await ask(`/report.json?businessDate=2026-11-24&by=${by}`)).body;
    const [price, service] = [entered.price / 100, entered.service / 100];
    const soldOf = (tickets: number) => ({ Sold: tickets, SoldPrice: tickets * price, SoldService: tickets * service });
    const none = { Entries: 0, Price: 0, Service: 0 };
    expect(await reportBy('session-total')).toMatchObject({
      Lines: [
        { CinemaCode: CINEMA, StartTime: START, Entries: 1, Price: price, Service: service, ...soldOf(2) },
        { CinemaCode: OTHER_CINEMA, StartTime: elsewhere.startTime, ...none, ...soldOf(1) },
      ],
      Cinemas: [
        { CinemaCode: CINEMA, Entries: 1, ...soldOf(2) },
        { CinemaCode: OTHER_CINEMA, ...none, ...soldOf(1) },
      ],
      Total: { Entries: 1, Price: price, ...soldOf(3) },
    });
    expect(await reportBy('type', dora)).toMatchObject({
      Lines: [{ CinemaCode: OTHER_CINEMA, TicketType: elsewhere.ticketType, ...none, ...soldOf(1) }],
      Total: { ...none, ...soldOf(1) },
    });

    // Counting a whole day is expensive, so only today has live updates.
    const reading = createReading({ now, drain: () => {} }, platform.store);
    const noIssuer = () => Promise.reject(new Error('nothing is issued here'));
    const [live] = platformsPages(platform.store, reading, noIssuer).live ?? [];
    const hear = (query: string) =>
      live!.read({
        cinemaCodes: 'all',
        query: new Map(new URLSearchParams(query)),
        signal: new AbortController().signal,
        permits: () => true,
      });
    expect(await hear('platform=vendor-a')).toMatchObject({ Platforms: [{ Username: 'vendor-a' }] });
    for (const refused of ['businessDate=2026-11-23', 'businessDate=2026-11-25', 'cinema=1']) {
      await expect(hear(refused)).rejects.toMatchObject({ code: 'not-live' });
    }

    const { db } = platform.store;
    const stored = await db.selectFrom('checkRecord').selectAll().executeTakeFirstOrThrow();
    const { identity, account, checkTime, receivedAt } = stored;
    const ticket = { cinemaCode: CINEMA, filmTicketCode: entered.filmTicketCode, startTime: START };
    const reversal = { reverses: stored.recordId, recordId: 'x', identity, account, checkTime, receivedAt, ...ticket };
    await db
      .insertInto('reversal')
      .values({ ...reversal, reversedAt: receivedAt, deliveredAt: null, errorCode: null, revision: 0 })
      .execute();
    expect((await anna(ofDay)).body.Sessions).toMatchObject([{ Sold: 3, Entered: 0 }]);
    expect((await anna(one)).body.Entries).toEqual([]);
  });
});
