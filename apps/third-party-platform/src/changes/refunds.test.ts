// @module-tag service

import { APIS, type ChangesPage, padCode, readChangesPage, type TicketInfo } from '@ticket-check/protocol';
import { type PeerPlatform, startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { describeSqlite } from '@ticket-check/storage/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readThirdPartySettings } from '../config.ts';
import { openDatabase } from '../database.ts';
import { CINEMA, checkTicket, makeUkey, OTHER_CINEMA, sellTicket } from '../testing/test-cinema.ts';
import { ask, createSite, createTerminal, report, type TestSite } from '../testing/test-platform.ts';
import { listFindings } from '../worklist/worklist.ts';

const ukey = makeUkey();
const refunded = (info: TicketInfo) => ({ ...info, refundStatus: 'Yes' as const, refundTime: info.sellTime });
const codes = (tickets: Iterable<{ filmTicketCode: string }>) =>
  [...tickets].map(({ filmTicketCode }) => filmTicketCode).toSorted();

async function setUp(url: string, kind: 'extended' | 'plain' = 'extended') {
  const national = await startNationalPlatform({ kind, offersChanges: true });
  national.keys.set(CINEMA, [ukey.key]);
  const site = await createSite(url);
  await site.command('cinema', 'add', CINEMA);
  await site.setUpstream(national.bundle);
  const store = await openDatabase(readThirdPartySettings(site.env));
  onTestFinished(() => store.close());
  const known = () => store.db.selectFrom('ticketRefund').selectAll().execute();
  const findings = () => listFindings(store, { state: 'open', cinemas: 'all', after: null, limit: 10 });
  return { national, site, store, known, findings };
}

/** Reads ListChanges as a terminal does, from its beginning to its end. */
async function readAll(site: TestSite, service: { url: string }, username: string, cinemas: string = CINEMA) {
  const bundle = await site.issue(username, cinemas, service.url);
  const terminal = createTerminal(bundle);
  const page = async (Cursor: string) => {
    const reply = await ask(terminal, APIS.listChanges, { Cursor });
    return readChangesPage(reply as Record<string, unknown>) as ChangesPage;
  };
  return { terminal, bundle, page };
}

/** Makes many refunds known at once. */
function refundMany(national: PeerPlatform, count: number, from = 0): string[] {
  const { info } = sellTicket(ukey);
  const made = Array.from({ length: count }, (_, n) => padCode(`${7_000_000_000 + from + n}`, 16));
  for (const code of made) national.sell(refunded({ ...info, filmTicketCode: code as TicketInfo['filmTicketCode'] }));
  return made;
}

describeSqlite('the refunds of the national platform', ({ url }) => {
  test('are known without a question, and a guest who went in before is a finding', async () => {
    const { national, site, known, findings } = await setUp(await url());
    const [before, other] = [sellTicket(ukey), sellTicket(ukey, OTHER_CINEMA)];
    national.sell(before.info);
    const first = await site.start();
    const { terminal } = await readAll(site, first, 'terminal-1');
    expect(await report(terminal, [checkTicket(before)])).toMatchObject({ reply: { result: true } });
    await national.received(1);
    await first.close();
    national.sell(refunded(before.info));
    national.sell(refunded(other.info));
    const asked = national.ticketsAsked().length;

    const second = await site.start();
    await expect.poll(async () => codes(await known())).toEqual(codes([before.info]));
    expect((await findings()).rows).toMatchObject([
      { Kind: 'LATE_REFUND', FilmTicketCode: before.info.filmTicketCode, Entries: [{}] },
    ]);
    expect(national.ticketsAsked()).toHaveLength(asked);
    const { page, bundle } = await readAll(site, second, 'terminal-2');
    await expect.poll(async () => codes((await page('')).changes)).toEqual([before.info.filmTicketCode]);
    expect((await page('')).asOf).toEqual(expect.any(String));
    const health = await site.get(second, '/health', bundle);
    expect(health).toMatchObject({ changes: { ok: true, offered: true, changesKnownAt: expect.any(String) } });
    // Of a cinema that is served from now on all are read.
    await second.close();
    await site.command('cinema', 'add', OTHER_CINEMA);
    await site.start();
    await expect.poll(async () => codes(await known())).toEqual(codes([before.info, other.info]));
  });

  test('are all known, each once, where the platform is killed in the middle of reading them', {
    tags: 'process',
  }, async () => {
    const { national, site, known } = await setUp(await url());
    const made = refundMany(national, 2500);
    const cut = Promise.withResolvers<void>();
    const mend = national.replace(APIS.listChanges, async (_query, usual) => {
      if (national.queries(APIS.listChanges).length < 3) return usual();
      cut.resolve();
      return new Promise(() => {});
    });
    const killed = await site.serve();
    await cut.promise;
    await killed.kill('SIGKILL');
    expect(await known()).toHaveLength(2000);
    mend();
    const pages = national.queries(APIS.listChanges).length;
    const service = await site.start();
    await expect.poll(async () => (await known()).length).toBe(2500);
    expect(codes(await known())).toEqual(made.toSorted());
    expect(national.queries(APIS.listChanges)[pages]?.Cursor).toMatch(/ 2000$/);
    const { page } = await readAll(site, service, 'terminal-1');
    const told: string[] = [];
    let cursor = '';
    do {
      const next: ChangesPage = await page(cursor);
      told.push(...codes(next.changes));
      cursor = next.more || told.length < 2500 ? next.cursor : '';
    } while (cursor !== '');
    expect(told.toSorted()).toEqual(made.toSorted());
  });

  test('are left where they are while the list goes on at its cursor, and health says so', async () => {
    const { national, site, known } = await setUp(await url());
    const mend = national.replace(APIS.listChanges, async (_query, usual) => ({
      ...((await usual()) as object),
      More: true,
    }));
    const service = await site.start();
    const { bundle } = await readAll(site, service, 'terminal-1');
    await expect
      .poll(() => site.get(service, '/health', bundle))
      .toMatchObject({
        status: 'degraded',
        upstream: { faults: [{ kind: 'unusable-reply', subject: APIS.listChanges }] },
      });
    const made = refundMany(national, 1);
    mend();
    // A restarted follower does not wait as one that failed does.
    await service.close();
    await site.start();
    await expect.poll(async () => codes(await known())).toEqual(made);
  });

  test('are read from the beginning after it was restored, and what was known stays', async () => {
    const { national, site, known } = await setUp(await url());
    const [early] = refundMany(national, 1);
    const first = await site.start();
    await expect.poll(async () => codes(await known())).toEqual([early]);
    await first.close();
    national.changes.length = 0;
    national.restore();
    const [late] = refundMany(national, 1, 1);
    await site.start();
    await expect.poll(async () => codes(await known())).toEqual([early, late]);
  });
});

describe('of a plain national platform', () => {
  test('refunds are known from its answers, and terminals learn that nothing more is', async () => {
    const { national, site, known } = await setUp('', 'plain');
    const ticket = sellTicket(ukey);
    national.sell(refunded(ticket.info));
    const service = await site.start();
    const { page, terminal } = await readAll(site, service, 'terminal-1');
    expect(await page('')).toMatchObject({ changes: [], asOf: null });
    const { cinemaCode, filmTicketCode, startTime } = ticket.info;
    const question = { CinemaCode: cinemaCode, FilmTicketCode: filmTicketCode, StartTime: startTime };
    expect(await ask(terminal, APIS.getTicketInfo, question)).toMatchObject({ RefundStatus: 'Yes' });
    expect(codes(await known())).toEqual([filmTicketCode]);
    await expect.poll(async () => codes((await page('')).changes)).toEqual([filmTicketCode]);
  });
});
