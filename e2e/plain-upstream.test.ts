import { parseWallClock } from '@ticket-check/protocol';
import { sell } from '@ticket-check/simulators/box-office';
import { connectScanner } from '@ticket-check/simulators/dev-network';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ask, type Bundle, replyData, request, shanghaiTime, signedBody } from './testing/client.ts';
import { type PlainScene, plainScene } from './testing/plain-scene.ts';
import { eventually } from './testing/site.ts';
import { testSite } from './testing/test-site.ts';
import { checkRecord, plainTicket, reportQuery, ticketQuery } from './testing/tickets.ts';

const REPORT = 'ReportOriginalCheckTickets';
const DAY = 86_400;

const elsewhere = await testSite();
let scene: PlainScene;
beforeAll(async () => {
  scene = await plainScene();
});
afterAll(async () => {
  // Nobody ever showed the plain platform an element that the scheme does not name.
  expect(scene.plain.foreign).toEqual([]);
  await scene.plain.close();
});

/** The records of a ticket that the plain platform has kept. */
const keptOf = ({ filmTicketCode }: { filmTicketCode: string }) =>
  scene.plain.kept.filter(({ FilmTicketCode }) => FilmTicketCode === filmTicketCode);

const arrived = (ticket: { filmTicketCode: string }) =>
  eventually(() => {
    const kept = keptOf(ticket);
    expect(kept).toHaveLength(1);
    return kept[0]!;
  });

describe('a terminal and a third-party platform of ours under a plain platform', async () => {
  const site = await testSite({ 'third-party-platform': { COMPLETION_SECONDS: '1' } });
  let scan: Awaited<ReturnType<typeof connectScanner>>;
  let plainTerminal: Bundle;

  const report = (...records: unknown[]) => ask(plainTerminal, REPORT, reportQuery(scene.cinema, ...records));

  beforeAll(async () => {
    await site.start('third-party-platform');
    await site.start('terminal-agent');
    await scene.setUpstream(site, 'third-party-platform');
    const bundle = await site.issue('third-party-platform', 'terminal-1', '--cinemas', scene.cinema);
    await site.setUpstream('terminal-agent', bundle);
    plainTerminal = await site.issue('third-party-platform', 'plain-terminal', '--cinemas', scene.cinema);
    scan = await connectScanner(site);
  });

  test('tickets under both of its keys are admitted once, and their records arrive in its own form', async () => {
    const ticket = scene.sold();
    const { sessionCode } = ticket;
    const earlier = sell(scene.boxOffice, { now: parseWallClock(shanghaiTime(-30 * DAY)), sessionCode });
    scene.plain.tickets.set(earlier.filmTicketCode, plainTicket(earlier));
    for (const each of [ticket, earlier]) {
      const from = shanghaiTime();
      const shown = { ScreenName: each.screenName, FilmName: each.filmName, RowNum: each.rowNum };
      expect(await scan(each.ticketInfoCode)).toMatchObject({ Verdict: 'ADMIT', Confirmed: true, ...shown });
      expect(await scan(each.ticketInfoCode)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
      const { CheckTime, ...record } = await arrived(each);
      expect({ ...record, CheckTime: from }).toEqual(checkRecord(each, { CheckTime: from }));
      expect(CheckTime! >= from && CheckTime! <= shanghaiTime()).toBe(true);
    }
  });

  test('what it says of refunds and entries counts', async () => {
    const refunded = scene.sold({ RefundStatus: 'Yes', RefundTime: shanghaiTime(-60) });
    const entered = scene.sold({ CheckStatus: 'Yes' });
    expect(await scan(refunded.ticketInfoCode)).toMatchObject({ Verdict: 'REFUNDED' });
    expect(await scan(entered.ticketInfoCode)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
    expect([...keptOf(refunded), ...keptOf(entered)]).toEqual([]);
  });

  test('it gets the record of a guest who was let in after a refusal as one like any other', async () => {
    const ticket = scene.sold({ RefundStatus: 'Yes', RefundTime: shanghaiTime(-60) });
    const from = shanghaiTime();
    const { RecordId } = await scan(ticket.ticketInfoCode);
    await site.command('terminal-agent', ['entries', 'override', `${RecordId}`, '--reason', '票房核实', '--yes']);
    expect({ ...(await arrived(ticket)), CheckTime: from }).toEqual(checkRecord(ticket, { CheckTime: from }));
  });

  test('an undone entry remains there, is listed, and its guest may come again', async () => {
    const ticket = scene.sold();
    const first = await scan(ticket.ticketInfoCode);
    await arrived(ticket);
    scene.plain.tickets.set(ticket.filmTicketCode, plainTicket(ticket, { CheckStatus: 'Yes' }));
    await site.command('terminal-agent', ['entries', 'undo', `${first.RecordId}`, '--reason', '未入场', '--yes']);
    expect(await scan(ticket.ticketInfoCode)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
    await eventually(() => expect(keptOf(ticket)).toHaveLength(2));
    expect(await scan(ticket.ticketInfoCode)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
    const undone = await site.list('third-party-platform', 'records', 'undone');
    expect(undone).toMatchObject([{ Reverses: first.RecordId, Upstream: 'WAITING' }]);
  });

  test.each([
    ['raw', 'string'],
    ['digest-info', 'one-decimal'],
    ['hex', 'two-decimals'],
  ] as const)(
    'signatures of %s and amounts as %s are written where it reads nothing else',
    async (payload, amounts) => {
      scene.plain.reads = { payload, amounts };
      await scene.setUpstream(site, 'third-party-platform', '--payload-form', payload, '--price-form', amounts);
      const ticket = scene.sold();
      expect(await scan(ticket.ticketInfoCode)).toMatchObject({ Verdict: 'ADMIT', FilmName: ticket.filmName });
      await arrived(ticket);
    },
  );

  describe('a plain terminal at the third-party platform', () => {
    test('gets keys in one form, with the elements of the scheme', async () => {
      const { PublicKeys, ...others } = await ask(plainTerminal, 'GetPublicKeys', { CinemaCode: scene.cinema });
      const base64 = expect.stringMatching(/^MI[\w+/]+=*$/);
      expect(PublicKeys).toEqual(
        scene.boxOffice.ukeys.map(({ startTime }) => ({ PublicKey: base64, StartTime: startTime })).toReversed(),
      );
      expect(others).toEqual({});
    });

    test('is shown no element outside the scheme of a ticket whose entry is known', async () => {
      const ticket = scene.sold();
      const record = checkRecord(ticket);
      expect(await report(record)).toEqual({ ReportResult: true });
      const reply = await request(plainTerminal, signedBody(plainTerminal, 'GetTicketInfo', ticketQuery(ticket)));
      const numbers = { RowNum: ticket.rowNum, ColumnNum: ticket.columnNum, Price: 45, Service: 3 };
      expect(replyData(reply)).toEqual({ ...plainTicket(ticket, { CheckStatus: 'Yes' }), ...numbers });
      expect(reply.text).toContain('"Price":45.00,"Service":3.00');
      const extended = await ask(plainTerminal, 'GetTicketInfo', ticketQuery(ticket), 'record-id');
      expect(extended).toMatchObject({ Entry: { CheckTime: record.CheckTime } });
    });
  });
});

test('upstream check says in which form a plain platform reads signatures, and its words, clock and certificate', async () => {
  const { setUpstream, plain: here } = await plainScene();
  onTestFinished(() => here.close());
  await setUpstream(elsewhere, 'terminal-agent');
  here.reads.payload = 'digest-info';
  here.datetime = () => `${new Date().toISOString().slice(0, 19).replace('T', ' ')}.123`;
  expect(JSON.parse(await elsewhere.command('terminal-agent', ['upstream', 'check']))).toMatchObject({
    Url: here.url,
    Certificate: { Trusted: true, Problem: null },
    Forms: [
      { PayloadForm: 'hex', Works: false, Says: expect.stringMatching(/^HTTP 500; .*page of HTML.*<html>/) },
      { PayloadForm: 'raw', Works: false },
      { PayloadForm: 'digest-info', Works: true, Says: 'keys: 2' },
    ],
    Clock: { Says: expect.stringContaining('UTC') },
    Words: {
      ...{ OtherCase: [], Unknown: [], Version: '1.0' },
      ...{ Datetime: 'with fractions of a second', StartTime: 'as in the scheme' },
    },
    PayloadForm: 'hex',
    Setting: 'upstream set … --payload-form digest-info',
  });
});
