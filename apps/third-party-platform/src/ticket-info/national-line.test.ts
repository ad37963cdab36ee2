// @module-tag service

import { APIS, type ClaimReply, getTicketInfoQueryJson, getTicketInfosQueryJson } from '@ticket-check/protocol';
import { type PeerPlatform, startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { expect, test } from 'vitest';
import { CINEMA, claimOn, makeUkey, sellTicket } from '../testing/test-cinema.ts';
import { ask, claimAs, createSite, createTerminal } from '../testing/test-platform.ts';

const ukey = makeUkey();
/** Enough for a busy machine, and the longest wait for a silent platform. */
const BUDGET_MS = 2000;

async function setUp(settings: Record<string, string> = {}) {
  const startAnother = () => startNationalPlatform({ cinemaCodes: [CINEMA], keys: [[CINEMA, [ukey.key]]] });
  const national = await startAnother();
  const site = await createSite('', { UPSTREAM_BUDGET_MS: String(BUDGET_MS), ...settings });
  await site.setUpstream(national.bundle);
  const service = await site.start();
  const bundle = await site.issue('terminal-1', CINEMA, service.url);
  const terminal = createTerminal(bundle);
  await site.keysStored();

  /** Claims a ticket that was just sold there. */
  function claim(at: PeerPlatform = national): Promise<ClaimReply> {
    const ticket = sellTicket(ukey);
    at.sell(ticket.info);
    return claimAs(terminal, claimOn(ticket));
  }

  const line = async () => ((await site.get(service, '/health', bundle)) as Health).upstream.line;
  const until = (state: 'up' | 'down') => expect.poll(line, { interval: 50 }).toBe(state);
  const questions = () => national.asked.filter((api) => api === APIS.getTicketInfo).length;
  return { national, startAnother, site, terminal, claim, until, questions };
}

type Health = { upstream: { line: string } };

const unknown = { claimed: true, stateKnown: false, ticket: null };

test.each<[string, (national: PeerPlatform) => Promise<() => Promise<void>>]>([
  [
    'stalls',
    async (national) => {
      const release = national.hold();
      return async () => release();
    },
  ],
  [
    'is gone',
    async (national) => {
      await national.stop();
      return () => national.restart();
    },
  ],
])('a national platform that %s costs the first claims their wait and later ones none', async (_name, breakLine) => {
  const { national, terminal, claim, until, questions } = await setUp();
  await expect.poll(async () => (await claim()).stateKnown).toBe(true);
  await until('up');
  const mend = await breakLine(national);

  // The line stays broken until it is mended below: waiting for it would never end.
  expect(await claim()).toMatchObject(unknown);
  await until('down');
  const asked = questions();
  for (let number = 0; number < 20; number += 1) expect(await claim()).toMatchObject(unknown);
  const { info } = sellTicket(ukey);
  expect(await ask(terminal, APIS.getTicketInfo, getTicketInfoQueryJson(info))).toBe('UPSTREAM_UNAVAILABLE');
  // A caller that was answered without a question has not waited for one.
  expect(questions()).toBe(asked);

  await mend();
  await until('up');
  expect(await claim()).toMatchObject({ claimed: true, stateKnown: true });
});

test('one silence is enough where the settings say so, and many at once are no more than one', async () => {
  const { national, claim, until } = await setUp({ OFFLINE_AFTER_SILENCES: '1' });
  const release = national.hold();
  const replies = await Promise.all(Array.from({ length: 10 }, () => claim()));
  for (const reply of replies) expect(reply).toMatchObject(unknown);
  await until('down');
  release();
  await until('up');
  expect(await claim()).toMatchObject({ stateKnown: true });
});

test('a lost reply is one silence, whatever number of questions it would have answered', async () => {
  const { national, terminal, claim, until } = await setUp();
  await expect.poll(async () => (await claim()).stateKnown).toBe(true);
  await until('up');
  national.asked.length = 0;
  const infos = Array.from({ length: 5 }, () => sellTicket(ukey).info);
  for (const info of infos) national.sell(info);
  const find = national.loseReplies();
  const answers = ask(terminal, APIS.getTicketInfos, getTicketInfosQueryJson(infos));
  await national.until(() => national.asked.includes(APIS.getTicketInfos));
  find();
  const unanswered = { ErrorCode: 'UPSTREAM_UNAVAILABLE' };
  expect(await answers).toMatchObject({ TicketInfos: infos.map(() => unanswered) });
  expect(await claim()).toMatchObject({ stateKnown: true });
});

test('another national platform that is set is asked, whatever the line to the former one', async () => {
  const { national, startAnother, site, claim, until } = await setUp({ OFFLINE_AFTER_SILENCES: '1' });
  await national.stop();
  expect(await claim()).toMatchObject(unknown);
  await until('down');
  const another = await startAnother();
  await site.setUpstream(another.bundle);
  await until('up');
  expect(await claim(another)).toMatchObject({ stateKnown: true });
});
