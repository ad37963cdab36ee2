// @module-tag service
import { addSeconds } from '@ticket-check/protocol';
import { expect, it } from 'vitest';
import { film, makeCinema, now, startCinema as startEvening, ukey } from '../testing/evening.ts';
import { CINEMA, makeUkey, sellTicket } from '../testing/test-cinema.ts';

const old = ukey;
const forger = makeUkey(old.key.startTime);

const startCinema = (keys = [old.key]) => startEvening({ keys });

it('admits the first ticket of a Ukey that was replaced after the keys were fetched', async () => {
  const { platform, wait, agent } = await startCinema();
  expect(await agent.scan(sellTicket(old, film).code)).toMatchObject({ Verdict: 'ADMIT' });
  wait(60_000);
  const renewed = makeUkey(addSeconds(now, 30));
  platform.keys.set(CINEMA, [old.key, renewed.key]);
  expect(await agent.scan(sellTicket(renewed, film).code)).toMatchObject({ Verdict: 'ADMIT' });
  expect(await agent.scan(sellTicket(old, film).code)).toMatchObject({ Verdict: 'ADMIT' });
});

it('admits a ticket made with a key that starts later', async () => {
  const announced = makeUkey(addSeconds(now, 300));
  const { agent } = await startCinema([old.key, announced.key]);
  expect(await agent.scan(sellTicket(announced, film).code)).toMatchObject({ Verdict: 'ADMIT' });
});

it('refuses forged tickets, and minutes of them keep the first ticket of a new Ukey out for 2 s at most', async () => {
  const { platform, wait, agent } = await startCinema();
  expect(await agent.scan(sellTicket(old, film).code)).toMatchObject({ Verdict: 'ADMIT' });
  const forged = sellTicket(forger, film).code;
  const forgeAfter = async (ms: number) => {
    wait(ms);
    return (await agent.scan(forged)).Verdict;
  };
  const verdicts = new Set<string>();
  for (let round = 0; round < 100; round += 1) verdicts.add(await forgeAfter(100));
  expect(verdicts).toEqual(new Set(['NOT_GENUINE', 'KEYS_PENDING']));
  expect(platform.asked.filter((api) => api === 'GetPublicKeys').length).toBeLessThan(20);
  for (let second = 0; second < 170; second += 1) await forgeAfter(1000);
  // Just after the keys were asked for, when the next time is furthest.
  await expect.poll(() => forgeAfter(1000), { interval: 1 }).toBe('NOT_GENUINE');
  const renewed = makeUkey(addSeconds(now, -30));
  platform.keys.set(CINEMA, [old.key, renewed.key]);
  const { code } = sellTicket(renewed, film);
  const first = await agent.scan(code);
  if (first.Verdict === 'ADMIT') return;
  expect(first).toMatchObject({ Verdict: 'KEYS_PENDING' });
  expect(first.RetryInSeconds).toBeLessThanOrEqual(2);
  wait(first.RetryInSeconds! * 1000);
  expect(await agent.scan(code)).toMatchObject({ Verdict: 'ADMIT' });
});

it('says that keys are pending, not that the ticket is forged, while they cannot be fetched', async () => {
  const { platform, wait, agent } = await startCinema();
  expect(await agent.scan(sellTicket(old, film).code)).toMatchObject({ Verdict: 'ADMIT' });
  await platform.stop();
  wait(60_000);
  const renewed = makeUkey(addSeconds(now, -30));
  const verdict = await agent.scan(sellTicket(renewed, film).code);
  expect(verdict).toMatchObject({ Verdict: 'KEYS_PENDING' });
  expect(verdict.Message).toMatch(/in \d+ s/);
});

it('says that there are no keys where none was ever received', async () => {
  const { platform, terminal } = await makeCinema();
  await platform.stop();
  const agent = await terminal.start();
  expect(await agent.scan(sellTicket(old, film).code)).toMatchObject({ Verdict: 'KEYS_UNAVAILABLE' });
});
