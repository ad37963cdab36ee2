// @module-tag process
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type PeerPlatform, ticketKey } from '@ticket-check/simulators/peers';
import { DAMAGES } from '@ticket-check/storage/testing';
import { describe, expect, it } from 'vitest';
import { makeCinema as makeEvening } from '../testing/evening.ts';
import { runCommand, startServing } from '../testing/run-program.ts';
import type { SoldTicket } from '../testing/test-cinema.ts';

/** A terminal that is killed in the middle of its evening, as a process of its own. */
async function makeCinema(settings: Record<string, string> = {}) {
  const { sell: sold, ...cinema } = await makeEvening({ now: Date.now, kind: 'claiming', settings });
  const { platform, terminal } = cinema;
  const { DATA_DIR = '' } = terminal.env;
  const path = join(DATA_DIR, 'ticket-check.db');
  const agent = await startServing(terminal.env);
  const check = async ({ code }: SoldTicket) => JSON.parse((await runCommand(['check', code], terminal.env)).stdout);
  expect(await check(sold())).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  await platform.received(1);
  return { ...cinema, agent, sold, check, path, directory: DATA_DIR };
}

type Cinema = Awaited<ReturnType<typeof makeCinema>>;

/** The agent dies while a claim is under way that the platform gets all the same. */
async function dieInClaim({ platform, agent, sold, check }: Cinema): Promise<SoldTicket> {
  const ticket = sold();
  const findReplies = platform.loseReplies('ClaimTicket');
  const claimed = platform.until(() => holderOf(platform, ticket) !== undefined);
  const checking = check(ticket).catch(() => null);
  await claimed;
  await agent.kill('SIGKILL');
  await checking;
  findReplies();
  return ticket;
}

function holderOf({ claims }: PeerPlatform, { info }: SoldTicket) {
  return claims.standing.get(ticketKey(info))?.recordId;
}

describe('a crash that damages the store', () => {
  it('locks no guest out whose claim was under way, and the next admission is not confirmed', async () => {
    const cinema = await makeCinema();
    const { platform, terminal, sold, check, path } = cinema;
    const ticket = await dieInClaim(cinema);
    DAMAGES['a header of zeros'](path);
    await startServing(terminal.env);
    expect(await check(ticket)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
    expect(await check(ticket)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
    expect(await check(sold())).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
    await platform.received(3);
  }, 60_000);

  it('loses no release that was queued, and that one is certain', async () => {
    const cinema = await makeCinema({ OFFLINE_POLICY: 'refuse', UPSTREAM_BUDGET_MS: '3000' });
    const { platform, terminal, agent, sold, check, path } = cinema;
    const ticket = sold();
    const findReplies = platform.loseReplies('ClaimTicket');
    const hear = platform.ignore('ReleaseClaim');
    const refused = await check(ticket);
    expect(refused).toMatchObject({ Verdict: 'OFFLINE_REFUSED' });
    await agent.kill('SIGKILL');
    expect(holderOf(platform, ticket)).toBe(refused.RecordId);
    findReplies();
    hear();
    DAMAGES['a header of zeros'](path);
    await startServing(terminal.env);
    await platform.until(() => platform.claims.released.has(refused.RecordId));
    expect(await check(ticket)).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  }, 60_000);

  it('releases no claim of a scan whose admission can still be read', async () => {
    const cinema = await makeCinema();
    const { platform, terminal, sold, check, path } = cinema;
    // One that the platform has no record of: it would take the claim back.
    platform.ignore('ReportOriginalCheckTickets');
    expect(await check(sold())).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
    const admitted = [...platform.claims.standing.values()];
    // One claim that is released, to show that others would be.
    const left = await dieInClaim(cinema);
    const leftBy = holderOf(platform, left);
    DAMAGES['a header of zeros'](path);
    await startServing(terminal.env);
    const store = await terminal.open();
    const queued = async () =>
      (await store.db.selectFrom('claimRelease').selectAll().where('answeredAt', 'is', null).execute()).length;
    await expect.poll(queued, { timeout: 20_000 }).toBe(0);
    expect([...platform.claims.released]).toEqual([leftBy]);
    expect([...platform.claims.standing.values()]).toEqual(admitted);
  }, 60_000);
});

it('records salvage releases claims that the fresh store did not take over', async () => {
  const cinema = await makeCinema();
  const { platform, terminal, check, path, directory } = cinema;
  const ticket = await dieInClaim(cinema);
  DAMAGES['a header of zeros'](path);
  const hear = platform.ignore('ReleaseClaim');
  const released = platform.nextAsked('ReleaseClaim');
  await startServing(terminal.env);
  // Whatever is sent of it now is lost.
  await released;
  // As in a store that did not begin in place of the damaged one.
  const store = await terminal.open();
  await store.db.deleteFrom('claimRelease').execute();
  hear();
  expect(await check(ticket)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  const holder = holderOf(platform, ticket);
  const aside = readdirSync(directory).find((name) => /\.corrupt-[^-]*$/.test(name)) ?? '';
  const salvaged = await runCommand(['records', 'salvage', join(directory, aside)], terminal.env);
  expect(salvaged).toMatchObject({ code: 0, stderr: '' });
  await platform.until(() => platform.claims.released.has(holder as never));
  expect(await check(ticket)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
}, 60_000);
