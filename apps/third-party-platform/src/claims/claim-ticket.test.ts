// @module-tag service
import { userInfo } from 'node:os';
import type { Upstream } from '@ticket-check/exchange';
import {
  APIS,
  addSeconds,
  type ClaimRelease,
  type ClaimReply,
  claimTicketQueryJson,
  getTicketInfoQueryJson,
  type RecordId,
  type ReleaseOutcome,
  readReleaseClaimReply,
  releaseClaimQueryJson,
  type TicketClaim,
  wallClockAt,
} from '@ticket-check/protocol';
import { describeEachEngine, type TestEngine } from '@ticket-check/storage/testing';
import { expect, test } from 'vitest';
import {
  CINEMA,
  checkTicket,
  claimOn,
  makeUkey,
  OTHER_CINEMA,
  type SoldTicket,
  sellTicket,
} from '../testing/test-cinema.ts';
import {
  ask,
  claimAs,
  createSite,
  createSiteBehind,
  createTerminal,
  ending,
  report,
  sendClaim,
} from '../testing/test-platform.ts';

const ukey = makeUkey();
/** Where the platform above is silent, nobody waits as long as others do. */
const SILENT = { UPSTREAM_BUDGET_MS: '400' };
/** Many at once may be more than a busy machine can answer in time; the platform says so of a claim that it did not look at. */
async function claimUntilAnswered(terminal: Upstream, claim: TicketClaim): Promise<ClaimReply> {
  for (;;) {
    const outcome = await sendClaim(terminal, claim);
    if (outcome.kind === 'delivered') return outcome.reply;
    if (outcome.code !== 'OVERLOADED') throw new Error(`${outcome.code}: ${outcome.message}`);
  }
}

async function releaseAs(terminal: Upstream, claim: ClaimRelease): Promise<ReleaseOutcome> {
  const options = { read: readReleaseClaimReply, timeoutMs: 10_000, idempotent: false };
  const outcome = await terminal.call(APIS.releaseClaim, releaseClaimQueryJson(claim), options);
  if (outcome.kind !== 'delivered') throw new Error(`${outcome.code}: ${outcome.message}`);
  return outcome.reply;
}

const entryOf = ({ recordId, checkTime, gate }: TicketClaim) => expect.objectContaining({ recordId, checkTime, gate });

/**
 * Everybody asks for every ticket in the same moment, each for a record of its own.
 * @returns for each ticket the answers, with whose they are.
 */
async function race(tickets: readonly SoldTicket[], terminals: readonly Upstream[]) {
  const answers = tickets.flatMap((ticket) =>
    terminals.map(async (terminal) => {
      const claim = claimOn(ticket);
      return { claim, reply: await claimUntilAnswered(terminal, claim) };
    }),
  );
  return Map.groupBy(await Promise.all(answers), ({ claim }) => claim.filmTicketCode);
}

/** One yes for each ticket; everybody else learns whose it is. */
function expectOneEach(answers: Awaited<ReturnType<typeof race>>, tickets: number, callers: number): void {
  expect(answers.size).toBe(tickets);
  for (const ofTicket of answers.values()) {
    const winners = ofTicket.filter(({ reply }) => reply.claimed).map(({ claim }) => claim);
    expect(winners).toHaveLength(1);
    const refused = ofTicket.filter(({ reply }) => !reply.claimed).map(({ reply }) => reply.entry);
    expect(refused).toEqual(Array.from({ length: callers - 1 }, () => entryOf(winners[0]!)));
  }
}

const setUp = async ({ url }: TestEngine, kind?: 'extended' | 'plain', settings?: Record<string, string>) =>
  createSiteBehind(ukey, { url: await url(), ...(kind && { kind }), ...(settings && { settings }) });

describeEachEngine('ClaimTicket', (engine) => {
  async function start(kind: 'extended' | 'plain' = 'extended', settings: Record<string, string> = {}) {
    const { national, site, sell } = await setUp(engine, kind, settings);
    const service = await site.start();
    await site.keysStored();
    const one = createTerminal(await site.issue('terminal-1', CINEMA, service.url));
    const two = createTerminal(await site.issue('terminal-2', CINEMA, service.url));
    return { national, site, service, sell, one, two };
  }

  // A SQLite file belongs to one service; on PostgreSQL two race for the same tickets.
  if (engine.engine === 'sqlite') {
    test('200 tickets, four terminals, one moment: one yes each', async () => {
      const { site, service, sell, one, two } = await start();
      const more = await Promise.all(
        ['terminal-3', 'terminal-4'].map(async (name) => createTerminal(await site.issue(name, CINEMA, service.url))),
      );
      const tickets = Array.from({ length: 200 }, () => sell());
      expectOneEach(await race(tickets, [one, two, ...more]), 200, 4);
    });
  } else {
    test('200 tickets, two platforms on one database, four terminals, one moment: one yes each', async () => {
      const { national, site, sell } = await setUp(engine);
      const other = await createSite(site.env.DATABASE_URL ?? '');
      const services = [await site.serve(), await other.serve()] as const;
      const terminals = await Promise.all([
        site.issue('terminal-1', CINEMA, services[0].url),
        site.issue('terminal-2', CINEMA, services[0].url),
        other.issue('terminal-3', CINEMA, services[1].url),
        other.issue('terminal-4', CINEMA, services[1].url),
      ]);
      const callers = terminals.map((bundle) => createTerminal(bundle));
      const won = new Set<'one' | 'other'>();
      // Nothing is proven by tickets that one platform was too slow for: until both have won some.
      while (won.size < 2) {
        const tickets = Array.from({ length: 200 }, () => sell());
        const answers = await race(tickets, callers);
        expectOneEach(answers, 200, 4);
        const winners = [...answers.values()].map((each) => each.findIndex(({ reply }) => reply.claimed));
        for (const index of winners) won.add(index < 2 ? 'one' : 'other');
      }
      expect(national.ticketsAsked().length).toBeGreaterThan(200);
    });
  }

  test('a platform that was restored from a backup says when with every answer', async () => {
    const { site, service, sell } = await start();
    await service.close();
    const from = wallClockAt(Date.now());
    expect(await site.command('store', 'renew-generation', '--yes')).toMatchObject({ exitCode: 0 });
    const again = await site.start();
    const terminal = createTerminal(await site.issue('terminal-3', CINEMA, again.url));
    const { claimed, restoredAt } = await claimAs(terminal, claimOn(sell()));
    expect(claimed).toBe(true);
    expect(restoredAt! >= from && restoredAt! <= wallClockAt(Date.now())).toBe(true);
  });

  // What follows asks the database nothing that the tests of the stores do not ask on both engines.
  if (engine.engine === 'postgres') return;

  test('claims a ticket and says its state in one answer; another terminal learns when and where', async () => {
    const { sell, one, two } = await start();
    const ticket = sell();
    const { info } = ticket;
    const claim = claimOn(ticket);
    const told = { released: false, entryPossible: false, sharedCinema: false, ticket: info };
    const claimed = { claimed: true, stateKnown: true, entry: null, ...told };
    expect(await claimAs(one, claim)).toEqual(claimed);
    expect(await claimAs(two, claimOn(ticket))).toEqual({ ...claimed, claimed: false, entry: entryOf(claim) });
    expect(await claimAs(one, claim)).toEqual(claimed);
  });

  test('tells a claim from an entry, by the name of its terminal, and where staff release it', async () => {
    const { site, sell, one, two } = await start('extended', { CONSOLE_URL: 'https://console.example' });
    const ticket = sell();
    const claim = claimOn(ticket);
    await claimAs(one, claim);
    const { recordId, checkTime, gate } = claim;
    const named = { cinema: CINEMA, q: recordId };
    const held = {
      ...{ recordId, checkTime, gate, terminal: 'terminal-1', unrecorded: true },
      claimUrl: `https://console.example/claims?${new URLSearchParams(named)}`,
    };
    expect((await claimAs(two, claimOn(ticket))).entry).toEqual(held);
    expect(await site.command('account', 'name', 'terminal-1', ' 2 号门 ')).toMatchObject({ exitCode: 0 });
    expect((await claimAs(two, claimOn(ticket))).entry).toEqual({ ...held, terminal: '2 号门' });
    await report(one, [{ ...checkTicket(ticket), recordId, checkTime }]);
    expect((await claimAs(two, claimOn(ticket))).entry).toEqual({ recordId, checkTime, gate, terminal: '2 号门' });
    // A plain peer receives nothing of it.
    expect(await ask(two, APIS.getTicketInfo, getTicketInfoQueryJson(ticket.info))).toMatchObject({
      Entry: { CheckTime: checkTime, RecordId: recordId },
    });
    expect(await site.command('account', 'name', 'nobody', 'x')).toMatchObject({ exitCode: 1 });
    expect(await site.command('account', 'name', 'terminal-1', 'x'.repeat(33))).toMatchObject({ exitCode: 1 });
    expect(await site.command('account', 'name', 'terminal-1', '')).toMatchObject({ exitCode: 0 });
    expect((await claimAs(two, claimOn(ticket))).entry).toMatchObject({ terminal: 'terminal-1' });
  });

  test('tells no mere claim of a ticket that the national platform knows as entered', async () => {
    const { national, sell, one, two } = await start('extended', { CONSOLE_URL: 'https://console.example' });
    const ticket = sell();
    const claim = claimOn(ticket);
    const { recordId, checkTime, gate } = claim;
    await claimAs(one, claim);
    national.sell({ ...ticket.info, checkStatus: 'Yes', entry: { recordId, checkTime } });
    expect((await claimAs(two, claimOn(ticket))).entry).toEqual({ recordId, checkTime, gate, terminal: 'terminal-1' });
  });

  test('an admission in spite of a refusal, which claimed nothing, is an entry for every other terminal once it came', async () => {
    const { sell, one, two } = await start();
    const ticket = sell();
    const record = { ...checkTicket(ticket), overriddenVerdict: 'OFFLINE_REFUSED' as const };
    expect(await report(one, [record])).toMatchObject({ reply: { result: true } });
    expect(await claimAs(two, claimOn(ticket))).toMatchObject({
      claimed: false,
      entry: { checkTime: record.checkTime, recordId: record.recordId },
    });
  });

  test('a claim is an entry for GetTicketInfo until it is released', async () => {
    const { sell, one, two } = await start();
    const ticket = sell();
    const { info } = ticket;
    const claim = claimOn(ticket);
    await claimAs(one, claim);
    const { checkTime: CheckTime, recordId: RecordId } = claim;
    const query = getTicketInfoQueryJson(info);
    expect(await ask(two, APIS.getTicketInfo, query)).toMatchObject({
      CheckStatus: 'Yes',
      Entry: { CheckTime, RecordId },
    });
    expect(await releaseAs(one, claim)).toBe('released');
    expect(await ask(two, APIS.getTicketInfo, query)).toMatchObject({ CheckStatus: 'No' });
    expect(await claimAs(one, claim)).toMatchObject({ claimed: false, released: true, entry: null });
    expect(await claimAs(two, claimOn(ticket))).toMatchObject({ claimed: true });
  });

  test('a neighbour that read the RecordId gives nobody else’s claim back', async () => {
    const { sell, one, two } = await start();
    const ticket = sell();
    const claim = claimOn(ticket);
    await claimAs(one, claim);
    const { Entry } = (await ask(two, APIS.getTicketInfo, getTicketInfoQueryJson(ticket.info))) as {
      Entry: { RecordId: RecordId };
    };
    const { cinemaCode, filmTicketCode, startTime } = claim;
    const stolen = { cinemaCode, filmTicketCode, startTime, recordId: Entry.RecordId };
    expect(await ask(two, APIS.releaseClaim, releaseClaimQueryJson(stolen))).toMatchObject({
      ReleaseResult: false,
      ErrorCode: 'NOT_CLAIM_HOLDER',
    });
    expect(await releaseAs(two, stolen)).toBe('not-holder');
    expect(await claimAs(two, claimOn(ticket))).toMatchObject({ claimed: false, entry: entryOf(claim) });
    expect(await claimAs(two, { ...claim, gate: 'elsewhere' })).toMatchObject({
      claimed: false,
      entry: entryOf(claim),
    });
  });

  test('a supervisor releases what no terminal will: announced first, done with --yes, recorded', async () => {
    const { site, sell, one, two } = await start();
    const tickets = [sell(), sell(), sell()] as const;
    const claims = tickets.map((ticket) => claimOn(ticket));
    for (const claim of claims) await claimAs(one, claim);
    await report(one, [{ ...checkTicket(tickets[2]), recordId: claims[2]!.recordId, checkTime: claims[2]!.checkTime }]);
    await claimAs(two, claimOn(sell()));

    const reason = ['--reason', 'terminal-1 burnt down'];
    const ofNobody = await site.command('claims', 'release', ...reason);
    expect(ofNobody).toMatchObject(ending(1, 'no claim of this RecordId or account'));
    const said = await site.command('claims', 'release', '--username', 'terminal-1', ...reason);
    expect(said).toMatchObject({
      exitCode: 0,
      stderr: expect.stringMatching(/Claims to release: 2, of terminal-1, at \d{8}\..*\nNothing was done: .*--yes/s),
    });
    // A script that reads the released claims reads nothing.
    expect(said.stdout).toBe('');
    expect(await claimAs(two, claimOn(tickets[0]))).toMatchObject({ claimed: false });

    const one0 = await site.command('claims', 'release', claims[0]!.recordId, ...reason, '--yes');
    expect(one0).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(`^{"RecordId":"${claims[0]!.recordId}",.*}\n$`),
      stderr: expect.stringMatching(/Claims to release: 1, .*\nReleased claims: 1/s),
    });
    const all = ['--username', 'terminal-1', '--cinema', CINEMA, ...reason, '--yes'];
    const rest = await site.command('claims', 'release', ...all);
    expect(rest).toMatchObject(ending(0, 'Released claims: 1'));
    for (const ticket of tickets.slice(0, 2)) {
      expect(await claimAs(two, claimOn(ticket))).toMatchObject({ claimed: true, entryPossible: true });
    }
    expect(await claimAs(two, claimOn(tickets[2]))).toMatchObject({ claimed: false });
    // A guest who came since is inside: the interrupted scan does not let a second one in.
    expect(await claimAs(one, claims[0]!)).toMatchObject({ claimed: false, released: false, entry: {} });
    const operations = await site.lines('audit', 'list');
    expect(operations.filter(({ Name }) => Name === 'claims release')).toMatchObject(
      claims.slice(0, 2).map(({ recordId, gate }) => ({
        Actor: userInfo().username,
        What: { reason: 'terminal-1 burnt down', released: [{ recordId, account: 'terminal-1', gate }] },
      })),
    );
  });

  test('claims whose record never came are shown, those younger than an hour are not', async () => {
    const { site, sell } = await setUp(engine);
    const service = await site.start();
    await site.keysStored();
    const bundle = await site.issue('terminal-1', CINEMA, service.url);
    site.clock.ahead = -3_700_000;
    const terminal = createTerminal(bundle, 'extended', () => Date.now() + site.clock.ahead);
    const [forgotten, reported, fresh] = [sell(), sell(), sell()];
    const [old, done] = [claimOn(forgotten), claimOn(reported)];
    await claimAs(terminal, old);
    await claimAs(terminal, done);
    await report(terminal, [{ ...checkTicket(reported), recordId: done.recordId, checkTime: done.checkTime }]);
    site.clock.ahead = 0;
    await claimAs(createTerminal(bundle), claimOn(fresh));

    expect(await site.lines('claims', 'open')).toEqual([
      {
        RecordId: old.recordId,
        CinemaCode: CINEMA,
        FilmTicketCode: old.filmTicketCode,
        StartTime: old.startTime,
        CheckTime: old.checkTime,
        Gate: old.gate,
        Username: 'terminal-1',
        ClaimedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      },
    ]);
    expect(await site.get(service, '/health', bundle)).toMatchObject({
      claims: { overdue: 1 },
    });
  });

  test('a claim has to carry the code of its ticket', async () => {
    const { sell, one, two } = await start('extended', { KEY_FRESH_SECONDS: '0', CLAIM_WINDOW_HOURS: '36' });
    const [ticket, other] = [sell(), sell()];
    const claim = claimOn(ticket);
    const codeOf = async (changes: Partial<TicketClaim>) => (await sendClaim(one, { ...claim, ...changes })).kind;
    expect(await codeOf({ ticketInfoCode: other.code })).toBe('rejected');
    const refusals = [
      [{ ticketInfoCode: other.code }, 'CODE_CONTRADICTS_RECORD'],
      [{ startTime: addSeconds(claim.startTime, 60) }, 'CODE_CONTRADICTS_RECORD'],
      // Only after the national platform was asked for newer keys.
      [{ ticketInfoCode: sellTicket(makeUkey()).code }, 'CODE_NOT_GENUINE'],
      [{ startTime: addSeconds(claim.startTime, 36 * 3600 - 120) }, 'CODE_CONTRADICTS_RECORD'],
      [{ startTime: addSeconds(claim.startTime, 36 * 3600 + 120) }, 'START_TIME_OUT_OF_RANGE'],
      [{ startTime: addSeconds(claim.startTime, -36 * 3600 - 120) }, 'START_TIME_OUT_OF_RANGE'],
    ] as const;
    for (const [changes, code] of refusals) {
      expect(await sendClaim(one, { ...claim, ...changes }), code).toMatchObject({ code });
    }
    const { TicketInfoCode: _, ...without } = claimTicketQueryJson(claim);
    expect(await ask(one, APIS.claimTicket, without)).toBe('INVALID_QUERY');
    // None of that blocks anybody.
    expect(await claimAs(two, claimOn(ticket))).toMatchObject({ claimed: true });
  });

  test('a ticket of a new Ukey is claimed as soon as the national platform knows its key, and one of an old Ukey still', async () => {
    const { national, sell, one } = await start('extended', { KEY_FRESH_SECONDS: '0' });
    const newer = makeUkey();
    const ticket = sellTicket(newer);
    national.sell(ticket.info);
    expect(await sendClaim(one, claimOn(ticket))).toMatchObject({ code: 'CODE_NOT_GENUINE' });
    national.keys.set(CINEMA, [newer.key]);
    await expect.poll(async () => (await sendClaim(one, claimOn(ticket))).kind).toBe('delivered');
    expect(await claimAs(one, claimOn(sell()))).toMatchObject({ claimed: true });
  });

  test('an account that claims more than it may is refused for a while, logged and counted; its neighbours are not', async () => {
    const { site, service, sell, one, two } = await start('extended', { CLAIMS_PER_MINUTE: '10' });
    const outcomes = await Promise.all(Array.from({ length: 14 }, () => sendClaim(one, claimOn(sell()))));
    expect(outcomes.filter(({ kind }) => kind === 'delivered')).toHaveLength(10);
    const refused = outcomes.filter(({ kind }) => kind !== 'delivered');
    expect(refused).toEqual(Array.from({ length: 4 }, () => expect.objectContaining({ code: 'OVERLOADED' })));
    const neighbours = claimOn(sell());
    expect(await claimAs(two, neighbours)).toMatchObject({ claimed: true });
    for (let spent = 0; spent < 10; spent += 1) await releaseAs(one, claimOn(sell()));
    expect(await ask(one, APIS.releaseClaim, releaseClaimQueryJson(claimOn(sell())))).toBe('OVERLOADED');
    expect(await releaseAs(two, neighbours)).toBe('released');
    const bundle = await site.issue('terminal-3', CINEMA, service.url);
    expect(await site.get(service, '/metrics', bundle)).toContain('claims_refused_total{code="OVERLOADED"} 5');
  });

  test('a cinema that another platform serves too is marked in every claim, also while the line is down', async () => {
    const { national, sell, one, two } = await start();
    expect(await claimAs(one, claimOn(sell()))).toMatchObject({ claimed: true, sharedCinema: false });
    const ticket = sell({ sharedCinema: true });
    const { ticket: told, ...reply } = await claimAs(one, claimOn(ticket));
    expect(reply).toMatchObject({ claimed: true, sharedCinema: true });
    expect(told).not.toHaveProperty('sharedCinema');
    expect(await ask(one, APIS.getTicketInfo, getTicketInfoQueryJson(ticket.info))).not.toHaveProperty('SharedCinema');
    await national.stop();
    expect(await claimAs(two, claimOn(sell()))).toMatchObject({ stateKnown: false, sharedCinema: true });
  });

  test('the extension is announced, and served only to accounts of the cinema', async () => {
    const { site, service, sell } = await start();
    const ticket = sell();
    const bundle = await site.issue('terminal-3', OTHER_CINEMA, service.url);
    const stranger = createTerminal(bundle);
    expect(await sendClaim(stranger, claimOn(ticket))).toMatchObject({ kind: 'retry', code: 'CINEMA_NOT_ALLOWED' });
    expect(await ask(stranger, APIS.releaseClaim, releaseClaimQueryJson(claimOn(ticket)))).toBe('CINEMA_NOT_ALLOWED');
    expect(stranger.extensions()).toContain('claim-ticket');
  });

  test('an unknown ticket is claimed all the same, and said to be unknown', async () => {
    const { one, two } = await start();
    const ticket = sellTicket(ukey);
    expect(await claimAs(one, claimOn(ticket))).toMatchObject({
      claimed: true,
      stateKnown: true,
      ticket: 'unknown-ticket',
    });
    expect(await claimAs(two, claimOn(ticket))).toMatchObject({ claimed: false, ticket: 'unknown-ticket' });
  });

  test('without the national platform the claim is decided here, and its answer is not waited for', async () => {
    const { national, sell, one, two } = await start('extended', SILENT);
    const ticket = sell();
    const release = national.hold();
    const unknown = { stateKnown: false, ticket: null };
    const claim = claimOn(ticket);
    // Its answer is held back until both are given.
    expect(await claimAs(one, claim)).toMatchObject({ ...unknown, claimed: true });
    expect(national.asked).toContain(APIS.getTicketInfo);
    expect(await claimAs(two, claimOn(ticket))).toMatchObject({ ...unknown, claimed: false, entry: entryOf(claim) });
    release();
    await national.stop();
    expect(await claimAs(two, claimOn(ticket))).toMatchObject({ ...unknown, claimed: false });
  });

  test('a refund known from the national platform counts even if it does not mention it now', async () => {
    const { national, sell, one, two } = await start('extended', SILENT);
    const [refunded, silenced, plain] = [sell({ refundStatus: 'Yes' }), sell({ refundStatus: 'Yes' }), sell()];
    for (const { info } of [refunded, silenced, plain]) {
      await ask(one, APIS.getTicketInfo, getTicketInfoQueryJson(info));
    }
    national.sell(silenced.info, { refundStatus: 'unknown' });
    const told = { claimed: false, refunded: true, entry: null, released: false };
    expect(await claimAs(two, claimOn(silenced))).toMatchObject({ ...told, stateKnown: true });
    national.sell(silenced.info, { refundStatus: 'No' });
    expect(await claimAs(two, claimOn(silenced))).toMatchObject({ claimed: true, stateKnown: true });

    await national.stop();
    expect(await claimAs(two, claimOn(refunded))).toMatchObject({ ...told, stateKnown: false, ticket: null });
    const other = await claimAs(two, claimOn(plain));
    expect(other).toMatchObject({ claimed: true, stateKnown: false });
    expect(other.refunded).toBeUndefined();
  });

  test('a plain national platform that says Yes means another entry, unless the record was sent from here', async () => {
    const { national, sell, one, two } = await start('plain');
    const [elsewhere, ticket] = [sell({ checkStatus: 'Yes' }), sell()];
    expect(await claimAs(one, claimOn(elsewhere))).toMatchObject({ claimed: false, entry: null });

    const claim = claimOn(ticket);
    expect(await claimAs(one, claim)).toMatchObject({ claimed: true });
    await report(one, [{ ...checkTicket(ticket), recordId: claim.recordId, checkTime: claim.checkTime }]);
    await national.until(() => national.records.length === 1);
    national.sell({ ...ticket.info, checkStatus: 'Yes' });
    expect(await claimAs(one, claim)).toMatchObject({ claimed: true });
    expect(await claimAs(two, claimOn(ticket))).toMatchObject({ claimed: false, entry: entryOf(claim) });
  });
});
