// @module-tag service
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import {
  APIS,
  addSeconds,
  claimTicketQueryJson,
  eTicketOrderQueryJson,
  parseRecordId,
  readGetETicketKeysReply,
  reportQueryJson,
  verifyETicket,
} from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { purgePastSessions } from '../past-sessions/purge-past-sessions.ts';
import { withStore } from '../testing/console-browser.ts';
import { CINEMA, checkTicket, makeUkey, OTHER_CINEMA, type SoldTicket, sellTicket } from '../testing/test-cinema.ts';
import { ask, createTerminal } from '../testing/test-platform.ts';
import { createETicketKeys } from './keys/e-ticket-keys.ts';
import type { Shown } from './page/shown.ts';
import { createETicket, readCode, startScene } from './testing/scene.ts';

type Scene = Awaited<ReturnType<typeof startScene>>;
const DAY_MS = 86_400_000;
let claims = 0;

function claimOf({ code, info }: SoldTicket) {
  claims += 1;
  const recordId = parseRecordId(`019a0000-0000-7000-b000-${String(claims).padStart(12, '0')}`);
  return claimTicketQueryJson({ ...info, ticketInfoCode: code, recordId, checkTime: info.startTime, gate: '' });
}

const pickUpOf = ({ code, info }: SoldTicket) => eTicketOrderQueryJson({ ...info, ticketInfoCode: code });
const pickUp = ({ seller }: Scene, ticket: SoldTicket) => ask(seller, APIS.recordPickUp, pickUpOf(ticket));
const revoke = ({ seller }: Scene, token: string) => ask(seller, APIS.revokeETicket, { Token: token });

async function shownAt({ get }: Scene, path: string): Promise<Shown> {
  const reply = await get(`${path}/now`);
  if (reply.status !== 200) throw new Error(`${reply.status} ${reply.text}`);
  return JSON.parse(reply.text) as Shown;
}

async function publishedKeys({ terminal }: Scene) {
  return readGetETicketKeysReply((await ask(terminal, APIS.getETicketKeys, {})) as Record<string, unknown>);
}

/** The events that an open page receives. */
function listen({ service, bundle }: Scene, path: string) {
  const told: { name: string; data: Partial<Shown> }[] = [];
  let status = 0;
  let isOver = false;
  const outgoing = request(
    `${service.url}${path}/events`,
    { ca: bundle.CaCertificate ?? '', agent: false },
    (reply) => {
      status = reply.statusCode ?? 0;
      let name = '';
      const lines = createInterface(reply);
      lines.on('error', () => {});
      lines.on('line', (line) => {
        if (line.startsWith('event: ')) name = line.slice(7);
        if (line.startsWith('data: ')) told.push({ name, data: JSON.parse(line.slice(6)) });
      });
      reply.on('error', () => {});
      reply.on('end', () => {
        isOver = true;
      });
    },
  );
  outgoing.on('error', () => {});
  outgoing.end();
  onTestFinished(() => void outgoing.destroy());
  return {
    told,
    status: () =>
      expect
        .poll(() => status)
        .not.toBe(0)
        .then(() => status),
    isOver: () => isOver,
    close: () => outgoing.destroy(),
  };
}

describeEachEngine('e-tickets', (engine) => {
  test('are made for a caller who has the code, show all that 5.1.4 names, and can be verified with the published keys', async () => {
    const scene = await startScene(await engine.url(), { KEY_FRESH_SECONDS: '0' });
    const { seller, terminal, sell, get, host, national } = scene;
    const ticket = sell();
    const link = await createETicket(seller, ticket);
    expect(link.url).toBe(`https://${host}/t/${link.token}`);
    expect(await createETicket(seller, ticket)).toEqual(link);
    await expect.poll(async () => (await shownAt(scene, link.path)).fields.film).not.toBe('');
    const page = await get(link.path);
    expect(page).toMatchObject({
      status: 200,
      headers: { 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' },
    });
    const { startTime, filmTicketCode } = ticket.info;
    const values = ['示例影城', '示例影片', '7号厅', '8 排 9 座', startTime.slice(0, 10), startTime.slice(11, 16)];
    for (const value of [...values, '¥ 45.00', '¥ 3.00', filmTicketCode, '已售出', '<svg']) {
      expect(page.text).toContain(value);
    }
    expect(page.text).toContain(addSeconds(startTime, -86_400).replace('T', ' '));
    expect(Buffer.byteLength(page.text)).toBeLessThan(60_000);

    const shown = await shownAt(scene, link.path);
    const read = await readCode(shown.code ?? '');
    expect(read).toMatchObject({ host, code: ticket.code, time: Math.floor(shown.now / 1000) });
    const { host: published, keys } = await publishedKeys(scene);
    expect(published).toBe(host);
    const key = keys.find(({ keyId }) => keyId === read.keyId);
    expect(verifyETicket(read, key!.publicKey)).toBe(true);
    expect(key).toMatchObject({ revokedAt: null, validUntil: addSeconds(key!.validFrom, 30 * 86_400 + 600) });
    // Both questions of the page and that of the maker: one within a minute.
    expect(national.asked.filter((api) => api.startsWith('GetTicketInfo'))).toHaveLength(1);

    expect(await ask(seller, APIS.getETicketKeys, {})).toBe('API_NOT_ALLOWED');
    const order = eTicketOrderQueryJson({ ...ticket.info, ticketInfoCode: ticket.code });
    expect(await ask(terminal, APIS.createETicket, order)).toBe('API_NOT_ALLOWED');
    const create = (changes: object) => ask(seller, APIS.createETicket, { ...order, ...changes });
    expect(await create({ TicketInfoCode: sell().code })).toBe('CODE_CONTRADICTS_RECORD');
    expect(await create({ TicketInfoCode: sellTicket(makeUkey()).code })).toBe('CODE_NOT_GENUINE');
    expect(await create({ CinemaCode: OTHER_CINEMA })).toBe('CINEMA_NOT_ALLOWED');
    expect(await create({ StartTime: addSeconds(startTime, -3 * 86_400) })).toBe('START_TIME_OUT_OF_RANGE');
  });

  test('keep the bare code out until it was picked up on paper or the link was revoked', async () => {
    const scene = await startScene(await engine.url());
    const { seller, terminal, sell } = scene;
    const claim = async (ticket: SoldTicket) =>
      ((await ask(terminal, APIS.claimTicket, claimOf(ticket))) as { ETicket?: string }).ETicket;
    const [plain, picked, revoked] = [sell(), sell(), sell()];
    expect(await claim(plain)).toBeUndefined();

    const link = await createETicket(seller, picked);
    expect(await claim(picked)).toBe('live');
    // Sold online, and printed by the cinema's own machine.
    const machine = createTerminal(await scene.site.issue('seller-3', CINEMA, scene.service.url, '--seller'));
    const first = await ask(machine, APIS.recordPickUp, pickUpOf(picked));
    expect(first).toEqual({ PickedUpAt: expect.any(String) });
    scene.site.clock.ahead = 5000;
    expect(await pickUp(scene, picked)).toEqual(first);
    expect(await claim(picked)).toBeUndefined();
    expect(await shownAt(scene, link.path)).toMatchObject({ state: 'picked-up', code: null });
    expect((await createETicket(seller, picked)).token).toBe(link.token);

    const ended = await createETicket(seller, revoked);
    expect(await revoke(scene, ended.token)).toEqual({ Revoked: true });
    expect(await revoke(scene, ended.token)).toEqual({ Revoked: true });
    expect(await claim(revoked)).toBeUndefined();
    const again = await createETicket(seller, revoked);
    expect(again.token).not.toBe(ended.token);
    expect(await claim(revoked)).toBe('live');
    expect(await revoke(scene, ended.token)).toMatchObject({ ErrorCode: 'ETICKET_NOT_FOUND' });
    const elsewhere = createTerminal(await scene.site.issue('seller-2', OTHER_CINEMA, scene.service.url, '--seller'));
    expect(await ask(elsewhere, APIS.revokeETicket, { Token: again.token })).toMatchObject({
      ErrorCode: 'ETICKET_NOT_FOUND',
    });

    // Taken on paper before anybody asked for an e-ticket: it never is one.
    const paper = sell();
    expect(await pickUp(scene, paper)).toEqual({ PickedUpAt: expect.any(String) });
    const { path } = await createETicket(seller, paper);
    expect(await shownAt(scene, path)).toMatchObject({ state: 'picked-up', code: null });
    expect(await claim(paper)).toBeUndefined();
  });

  test('are ended by a pick-up only for a caller who has the code, and live again once a supervisor undoes it', async () => {
    const scene = await startScene(await engine.url(), { KEY_FRESH_SECONDS: '0' }, { offersChanges: true });
    const { seller, terminal, sell, site, service } = scene;
    const ticket = sell();
    const { path } = await createETicket(seller, ticket);
    const other = createTerminal(await site.issue('seller-2', CINEMA, service.url, '--seller'));
    const { TicketInfoCode: _, ...bare } = pickUpOf(ticket) as { TicketInfoCode?: string };
    const claim = async () =>
      ((await ask(terminal, APIS.claimTicket, claimOf(ticket))) as { ETicket?: string }).ETicket;
    for (const [query, refused] of [
      [bare, 'INVALID_QUERY'],
      [{ ...bare, TicketInfoCode: sell().code }, 'CODE_CONTRADICTS_RECORD'],
      [{ ...bare, TicketInfoCode: sellTicket(makeUkey()).code }, 'CODE_NOT_GENUINE'],
    ] as const) {
      expect(await ask(other, APIS.recordPickUp, query)).toBe(refused);
    }
    expect(await claim()).toBe('live');

    const { PickedUpAt } = (await pickUp(scene, ticket)) as { PickedUpAt: string };
    expect(await claim()).toBeUndefined();
    const { cinemaCode, filmTicketCode, startTime } = ticket.info;
    const undo = (...more: string[]) =>
      site.command(
        ...['pick-up', 'undo', '--cinema', cinemaCode, '--ticket', filmTicketCode, '--start', startTime],
        ...['--reason', 'printed by mistake', ...more],
      );
    expect(await undo('--yes')).toMatchObject({ exitCode: 0 });
    expect(await shownAt(scene, path)).toMatchObject({ state: 'sold', code: expect.stringContaining('<svg') });
    const { Changes } = (await ask(terminal, APIS.listChanges, { Cursor: '' })) as { Changes: object[] };
    expect(Changes.at(-1)).toMatchObject({ FilmTicketCode: filmTicketCode, Kind: 'eticket-live' });
    expect(await undo('--yes')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('No pick-up') });
    const { stdout } = await site.command('audit', 'list');
    const undone = stdout.split('\n').find((line) => line.includes('"pick-up undo"'));
    expect(JSON.parse(undone ?? '{}')).toMatchObject({
      What: { reason: 'printed by mistake', filmTicketCode },
      Before: { pickedUpAt: PickedUpAt, account: 'seller-1' },
    });
    // The next pick-up counts as any other.
    expect(await claim()).toBe('live');
    expect(await pickUp(scene, ticket)).toEqual({ PickedUpAt: expect.any(String) });
    expect(await claim()).toBeUndefined();
  });

  test('receive refunds without asking if the national platform publishes them, and say to terminals what they may admit', async () => {
    const scene = await startScene(await engine.url(), {}, { offersChanges: true });
    const { seller, terminal, sell, national, site } = scene;
    const [refunded, picked] = [sell(), sell()];
    const { path } = await createETicket(seller, refunded);
    await createETicket(seller, picked);
    await shownAt(scene, path);
    await pickUp(scene, picked);
    const told = async () => {
      const reply = (await ask(terminal, APIS.listChanges, { Cursor: '' })) as { Changes: Record<string, string>[] };
      return reply.Changes.map(({ FilmTicketCode, Kind }) => [FilmTicketCode, Kind]);
    };
    const [one, other] = [refunded.info.filmTicketCode, picked.info.filmTicketCode];
    await expect.poll(async () => (await told()).at(-1)).toEqual([other, 'eticket-ended']);
    expect(await told()).toContainEqual([one, 'eticket-live']);

    await scene.service.close();
    national.sell(refunded.info, { refundStatus: 'Yes', refundTime: refunded.info.startTime });
    const asked = national.ticketsAsked().length;
    // Two minutes ahead of the national platform: how old what is known is goes by the clock here.
    site.clock.ahead = 120_000;
    const startedAt = Date.now() + site.clock.ahead;
    const again = { ...scene, service: await site.start() };
    await withStore(site, async (store) => {
      const heard = () => store.db.selectFrom('followedChanges').select('heardAt').executeTakeFirstOrThrow();
      await expect.poll(async () => (await heard()).heardAt >= startedAt).toBe(true);
    });
    await expect.poll(async () => JSON.parse((await again.get(`${path}/now`)).text).state).toBe('refunded');
    expect((await shownAt(again, path)).knownAt).toBeGreaterThanOrEqual(startedAt);
    expect(national.ticketsAsked()).toHaveLength(asked);
  });

  test('are signed with a key that may be revoked, or be made to follow sooner', async () => {
    const scene = await startScene(await engine.url());
    const { seller, sell, site } = scene;
    const { path } = await createETicket(seller, sell());
    const keyIdAt = async () => (await readCode((await shownAt(scene, path)).code ?? '')).keyId;
    const first = await keyIdAt();
    const run = async (...args: string[]) => {
      const { stdout, exitCode } = await site.command('eticket-key', ...args);
      expect(exitCode).toBe(0);
      return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    };
    const [next] = await run('rotate', '--algorithm', 'sm2-sm3');
    expect((await site.command('eticket-key', 'rotate')).stderr).toContain('made already');
    expect(await run('list')).toEqual([
      expect.objectContaining({ KeyId: next.KeyId, Algorithm: 'sm2-sm3', Signs: false, RevokedAt: null }),
      expect.objectContaining({ KeyId: first, Algorithm: 'ed25519', Signs: true, RevokedAt: null }),
    ]);
    await expect
      .poll(async () => (await publishedKeys(scene)).keys.map(({ keyId }) => keyId))
      .toEqual([next.KeyId, first]);

    const revoked = await site.command('eticket-key', 'revoke', first, '--yes');
    expect(revoked).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('It signs at present') });
    const { Made, RevokedAt } = JSON.parse(revoked.stdout);
    await expect.poll(keyIdAt).toBe(Made);
    // What takes its place is of the algorithm that was chosen last.
    expect((await run('list')).find(({ KeyId }) => KeyId === Made)).toMatchObject({
      Algorithm: 'sm2-sm3',
      Signs: true,
    });
    const told = (await publishedKeys(scene)).keys.find(({ keyId }) => keyId === first);
    expect(told?.revokedAt).toBe(RevokedAt);
    expect((await site.command('eticket-key', 'revoke', 'unknown')).exitCode).toBe(1);
    const audit = (await site.command('audit', 'list')).stdout;
    expect(audit).toContain('eticket-key rotate');
    expect(audit).toContain(`"made":"${Made}"`);
    expect(audit).not.toContain('PRIVATE');
    // A key that signs nothing any more need not be readable.
    await withStore(site, async (store) => {
      await store.db.updateTable('eTicketKey').set({ privateKey: 'none' }).where('keyId', '=', first).execute();
      expect((await createETicketKeys(store, Date.now).signer())?.keyId).toBe(Made);
    });
  });

  test('are deleted a month after their session', async () => {
    const scene = await startScene(await engine.url());
    const [old, paper] = [scene.sell(), scene.sell()];
    await createETicket(scene.seller, old);
    await pickUp(scene, paper);
    await withStore(scene.site, async (store) => {
      const { signal } = new AbortController();
      const purge = (days: number) => purgePastSessions(store, { at: Date.now() + days * DAY_MS, windowMs: 0 }, signal);
      expect(await purge(29)).toBe(0);
      expect(await purge(31)).toBe(2);
    });
  });

  // What follows asks the database nothing that is not asked above.
  if (engine.engine === 'postgres') return;

  test('are not kept out of a gate by the bare code at another one, which claims nothing', async () => {
    const { seller, terminal, sell } = await startScene(await engine.url());
    const ticket = sell();
    await createETicket(seller, ticket);
    const shown = { ...claimOf(ticket), ETicket: true };
    expect(await ask(terminal, APIS.claimTicket, claimOf(ticket))).toMatchObject({ Claimed: false, ETicket: 'live' });
    expect(await ask(terminal, APIS.claimTicket, shown)).toMatchObject({ Claimed: true, ETicket: 'live' });
    expect(await ask(terminal, APIS.claimTicket, claimOf(ticket))).toMatchObject({
      Claimed: false,
      ETicket: 'live',
      Entry: { RecordId: shown.RecordId },
    });
  });

  test('tell their open pages what becomes of the ticket: refunded, entered, revoked', async () => {
    const scene = await startScene(await engine.url());
    const { seller, terminal, sell, national, site } = scene;
    const tickets = [sell(), sell(), sell()] as const;
    const links = await Promise.all(tickets.map((ticket) => createETicket(seller, ticket)));
    const [refunded, entered, revoked] = links.map(({ path }) => listen(scene, path)) as [Listener, Listener, Listener];
    for (const { told } of [refunded, entered, revoked]) {
      await expect.poll(() => told[0]?.data).toMatchObject({ state: 'sold', code: expect.stringContaining('<svg') });
    }

    national.sell(tickets[0].info, { refundStatus: 'Yes', refundTime: tickets[0].info.startTime });
    site.clock.ahead = 61_000;
    await expect.poll(() => refunded.told.at(-1)?.data).toMatchObject({ state: 'refunded', code: null });

    const record = checkTicket(tickets[1]);
    const query = reportQueryJson(CINEMA, [record], { extended: true, overrides: true, priceForm: 'two-decimals' });
    expect(await ask(terminal, APIS.reportOriginalCheckTickets, query)).toMatchObject({ ReportResult: true });
    await expect.poll(() => entered.told.at(-1)?.data).toMatchObject({ state: 'entered', code: null });

    await revoke(scene, links[2]!.token);
    await expect.poll(() => revoked.told.at(-1)?.name).toBe('gone');
    await expect.poll(revoked.isOver).toBe(true);
  });

  test('show a code again as soon as the entry is undone that the national platform knew of', async () => {
    const scene = await startScene(await engine.url());
    const { seller, terminal, sell, national, site } = scene;
    const ticket = sell();
    const { path } = await createETicket(seller, ticket);
    await expect.poll(async () => (await shownAt(scene, path)).fields.film).not.toBe('');
    const record = checkTicket(ticket);
    const query = reportQueryJson(CINEMA, [record], { extended: true, overrides: true, priceForm: 'two-decimals' });
    expect(await ask(terminal, APIS.reportOriginalCheckTickets, query)).toMatchObject({ ReportResult: true });
    const { recordId, checkTime } = record;
    national.sell({ ...ticket.info, checkStatus: 'Yes', entry: { recordId, checkTime } });
    site.clock.ahead = 61_000;
    await shownAt(scene, path);
    await withStore(site, async (store) => {
      const known = () => store.db.selectFrom('eTicket').select('enteredAbove').executeTakeFirst();
      await expect.poll(known).toEqual({ enteredAbove: 1 });
    });
    expect(await shownAt(scene, path)).toMatchObject({ state: 'entered', code: null });

    const undo = await site.command('records', 'undo', recordId, '--reason', 'went home', '--yes');
    expect(undo.stderr).toContain('Undone');
    const asked = national.ticketsAsked().length;
    expect(await shownAt(scene, path)).toMatchObject({ state: 'sold', code: expect.stringContaining('<svg') });
    await expect.poll(() => national.ticketsAsked().length).toBe(asked + 1);
    expect(await shownAt(scene, path)).toMatchObject({ state: 'sold', code: expect.stringContaining('<svg') });
  });

  test('cost the national platform one question a minute, however many pages of a ticket are open', async () => {
    const scene = await startScene(await engine.url());
    const { seller, sell, national, site } = scene;
    const { path } = await createETicket(seller, sell());
    const asked = () => national.asked.filter((api) => api.startsWith('GetTicketInfo')).length;
    const pages = [listen(scene, path), listen(scene, path), listen(scene, path)];
    for (const { told } of pages) await expect.poll(() => told[0]?.name).toBe('told');
    await expect.poll(asked).toBe(1);
    site.clock.ahead = 61_000;
    await expect.poll(asked).toBe(2);
    site.clock.ahead = 62_000;
    // A fourth page of one link takes the place of the first, whose connection was lost.
    const fourth = listen(scene, path);
    await expect.poll(() => fourth.told.length).toBe(1);
    await expect.poll(pages[0]!.isOver).toBe(true);
    expect(asked()).toBe(2);
  });

  test('are not made of tickets of the past, and of a future session long before it', async () => {
    const scene = await startScene(await engine.url(), { PUBLIC_URL: 'https://127.0.0.1/tickets/' });
    const ticket = scene.sell();
    scene.site.clock.ahead = -100 * DAY_MS;
    const early = createTerminal(scene.bundle, 'extended', () => Date.now() - 100 * DAY_MS);
    const order = eTicketOrderQueryJson({ ...ticket.info, ticketInfoCode: ticket.code });
    expect(await ask(early, APIS.createETicket, order)).toMatchObject({
      // Below the path under which a proxy serves the platform.
      Url: expect.stringMatching(/^https:\/\/127\.0\.0\.1\/tickets\/t\/[\w-]+$/),
    });
  });

  test('answer a guess like a revoked link, and explain a code that is opened in a browser', async () => {
    const lines: { msg?: string }[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
    const settings = { E_TICKET_PAGES: '2', REFUSALS_PER_MINUTE: '2' };
    const scene = await startScene(await engine.url(), settings, { logger });
    const { seller, sell, get, site, service, bundle } = scene;
    const links = await Promise.all([sell(), sell(), sell()].map((ticket) => createETicket(seller, ticket)));
    const { token, path } = links[0]!;
    await revoke(scene, token);
    const ended = await get(path);
    const guessed = await get(`/t/${[...token].reverse().join('')}`);
    expect(ended).toMatchObject({ status: 404, text: expect.stringContaining('没有这张电子影票') });
    expect(guessed.text).toBe(ended.text);
    // An address that tries many is answered later.
    const slowed = () => lines.filter(({ msg }) => msg === 'slowed an address that guesses e-ticket links').length;
    expect(slowed()).toBe(0);
    const wrong = ['/t/x', `/t/${token}/now`, `/t/${token}/events`, '/t/%00', `/t/${'a'.repeat(5000)}`];
    const statuses = await Promise.all(wrong.map(async (other) => (await get(other)).status));
    for (const status of statuses) expect(status).toBeGreaterThanOrEqual(400);
    expect(slowed()).toBe(1);
    const asACode = await get('/t?c=MzEw&t=1&k=a&s=b');
    expect(asACode).toMatchObject({ status: 200, text: expect.stringContaining('请在检票口的扫码枪前出示') });
    // Only a bounded number of pages receive events; the others learn that and go on asking.
    const open = [links[1]!, links[2]!].map((link) => listen(scene, link.path));
    for (const { told } of open) await expect.poll(() => told.length).toBe(1);
    expect(await listen(scene, links[1]!.path).status()).toBe(503);
    expect((await shownAt(scene, links[1]!.path)).code).not.toBeNull();
    const metrics = await site.get(service, '/metrics', bundle);
    for (const line of ['e_ticket_pages_open 2', 'e_ticket_pages_refused_total{why="full"} 1']) {
      expect(metrics).toContain(line);
    }
    for (let asked = 0; asked < 60; asked += 1) await get(links[2]!.path);
    expect(await get(links[2]!.path)).toMatchObject({ status: 429, headers: { 'retry-after': '60' } });
  });
});

test('e-tickets of many guests cost a national platform that takes one ticket at a time few questions at once, and few in a second', async () => {
  const scene = await startScene('', {}, { kind: 'plain' });
  const { seller, sell, national } = scene;
  // The second in which questions are counted ends when the test says so.
  const now = vi.spyOn(performance, 'now');
  onTestFinished(() => now.mockRestore());
  const second = performance.now() + 1000;
  now.mockReturnValue(second);
  const answer = national.hold(APIS.getTicketInfo);
  const tickets = Array.from({ length: 22 }, () => sell());
  const links = await Promise.all(tickets.map((ticket) => createETicket(seller, ticket)));
  const pages = links.map(({ path }) => listen(scene, path));
  for (const { told } of pages) await expect.poll(() => told.length).toBe(1);
  await expect.poll(() => national.ticketsAsked().length).toBe(8);

  answer();
  await expect.poll(() => national.ticketsAsked().length).toBe(20);
  await Promise.all(links.map(({ path }) => shownAt(scene, path)));
  expect(national.ticketsAsked()).toHaveLength(20);

  now.mockReturnValue(second + 1000);
  await expect.poll(() => national.ticketsAsked().length).toBe(22);
  expect(new Set(national.ticketsAsked()).size).toBe(22);
});

type Listener = ReturnType<typeof listen>;
