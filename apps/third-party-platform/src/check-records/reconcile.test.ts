// @module-tag process
import { addDays, businessDate, type CheckRecord, wallClockAt } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import { CINEMA, checkTicket, makeUkey, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { report, type TestSite as Site, startBehind } from '../testing/test-platform.ts';

const ukey = makeUkey();

describeEachEngine('reconciliation with the national platform', ({ url }) => {
  /** Three records of one business date that the national platform has. */
  async function setUp(kind: 'extended' | 'plain' = 'extended') {
    const { national, site, terminal, sell } = await startBehind(ukey, { url: await url(), kind });
    const tickets = [sell(), sell(), sell()];
    const records = tickets.map((ticket, n) => checkTicket(ticket, n)) as [CheckRecord, CheckRecord, CheckRecord];
    await report(terminal, records);
    await national.received(3);
    await untilDelivered(site);
    const day = businessDate(records[0].checkTime);
    async function reconcile(...args: string[]) {
      const { stdout, stderr, exitCode } = await site.command('reconcile', '--business-date', day, ...args);
      const lines = stdout.split('\n').filter(Boolean);
      return { exitCode, stderr, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
    }
    return { national, site, terminal, records, reconcile };
  }

  /** The national platform has what the outbox may not know of yet. */
  async function untilDelivered(site: Site): Promise<void> {
    const day = businessDate(wallClockAt(Date.now()));
    const left = async () => (await site.command('reconcile', '--business-date', day, '--all')).stdout;
    await expect.poll(left).toBe('');
  }

  test('names each record that differs, with both values and what to do', async () => {
    const { national, records, reconcile } = await setUp();
    const [priced, lost, fine] = records;
    national.records = [{ ...priced, price: 4600 as CheckRecord['price'] }, fine];
    const { exitCode, stderr, lines } = await reconcile();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`Records of ${businessDate(priced.checkTime)} that differ: 2.`);
    expect(lines).toMatchObject([
      {
        Kind: 'differs',
        RecordId: priced.recordId,
        CinemaCode: CINEMA,
        FilmTicketCode: priced.filmTicketCode,
        CheckTime: priced.checkTime,
        Compared: 'records',
        Elements: { Price: { Here: 45, Upstream: 46 } },
        Advice: expect.stringContaining('compare what differs'),
        AdviceZh: expect.stringContaining('将不一致的内容与售票和检票的实际情况核对'),
      },
      { Kind: 'missing-upstream', RecordId: lost.recordId, Way: 'delivered' },
    ]);
  });

  test('says where only the sending can be compared', async () => {
    const { national, reconcile } = await setUp('plain');
    national.records = [];
    const { exitCode, stderr, lines } = await reconcile();
    expect([exitCode, lines]).toEqual([0, []]);
    expect(stderr).toContain('Cinemas whose records the platform above does not list, only how each was sent: 1.');
  });

  test('says what it cannot compare, and is used as its help says', async () => {
    const { national, site, reconcile } = await setUp();
    await site.command('cinema', 'add', OTHER_CINEMA);
    const { exitCode, stderr, lines } = await reconcile();
    expect(exitCode).toBe(1);
    expect(stderr).toContain('Cinemas that could not be compared: 1');
    expect(lines).toEqual([
      {
        ...{ Kind: 'not-compared', BusinessDate: businessDate(wallClockAt(Date.now())), CinemaCode: OTHER_CINEMA },
        Advice: expect.stringContaining('CINEMA_NOT_ALLOWED'),
      },
    ]);
    for (const wrong of ['2026-02-30', 'today', '2016-01-01/2026-01-01', '']) {
      expect(await site.command('reconcile', '--business-date', wrong)).toMatchObject({ exitCode: 2, stdout: '' });
    }
    await national.stop();
    const each = { Kind: 'not-compared' };
    expect(await reconcile()).toMatchObject({ exitCode: 1, lines: [each, each] });
    const today = businessDate(wallClockAt(Date.now()));
    expect(await reconcile('--business-date', addDays(today, -6), '--until', today)).toMatchObject({
      lines: Array(2 * 7).fill(each),
      stderr: expect.stringContaining('Cinemas that could not be compared: 2.'),
    });
  });
});
