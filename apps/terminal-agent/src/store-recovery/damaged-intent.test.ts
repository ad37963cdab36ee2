// @module-tag process
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ticketKey } from '@ticket-check/simulators/peers';
import { DAMAGES } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { makeCinema } from '../testing/evening.ts';
import { runCommand, startServing } from '../testing/run-program.ts';
import type { SoldTicket } from '../testing/test-cinema.ts';

it('records salvage releases a claim that was under way when its store was damaged, and the next admission is not confirmed', async () => {
  const { platform, terminal, sell } = await makeCinema({ now: Date.now, kind: 'claiming' });
  const { DATA_DIR = '' } = terminal.env;
  const check = async ({ code }: SoldTicket) => JSON.parse((await runCommand(['check', code], terminal.env)).stdout);
  const agent = await startServing(terminal.env);
  expect(await check(sell())).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
  await platform.received(1);

  // The agent dies while a claim is under way that the platform gets all the same.
  const ticket = sell();
  const holder = () => platform.claims.standing.get(ticketKey(ticket.info))?.recordId;
  const findReplies = platform.loseReplies('ClaimTicket');
  const claimed = platform.until(() => holder() !== undefined);
  const checking = check(ticket).catch(() => null);
  await claimed;
  await agent.kill('SIGKILL');
  await checking;
  findReplies();
  DAMAGES['a header of zeros'](join(DATA_DIR, 'ticket-check.db'));

  await startServing(terminal.env);
  expect(await check(ticket)).toMatchObject({ Verdict: 'ALREADY_ENTERED', FirstEntry: { Recorded: false } });
  const held = holder();
  const aside = readdirSync(DATA_DIR).find((name) => /\.corrupt-[^-]*$/.test(name)) ?? '';
  expect(await runCommand(['records', 'salvage', join(DATA_DIR, aside)], terminal.env)).toMatchObject({ code: 0 });
  await platform.until(() => held !== undefined && platform.claims.released.has(held));
  expect(await check(ticket)).toMatchObject({ Verdict: 'ADMIT', Confirmed: false });
  expect(await check(ticket)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  expect(await check(sell())).toMatchObject({ Verdict: 'ADMIT', Confirmed: true });
});
