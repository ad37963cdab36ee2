// @module-tag service
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { makeCinema } from '../testing/evening.ts';
import { CINEMA } from '../testing/test-cinema.ts';

const MANY = 200;

/** A code in good form that names a cinema which does not exist. */
function forgedCode(number: number): string {
  return `${10_000_000 + number}${randomBytes(128).toString('base64')}`;
}

it('codes that name invented cinemas cost little now and nothing later, and keep no cinema from its keys', async () => {
  const { platform, terminal, sell, wait } = await makeCinema({ kind: 'claiming' });
  await terminal.setUpstream({ ...platform.bundle, CinemaCodes: ['*'] });
  const agent = await terminal.start();
  const store = await terminal.open();
  const rows = async () => (await store.db.selectFrom('keyFetch').select('cinemaCode').execute()).length;

  for (let number = 0; number < MANY; number += 1) {
    expect(await agent.scan(forgedCode(number))).toMatchObject({
      Verdict: expect.stringMatching(/^KEYS_(PENDING|UNAVAILABLE)$/),
    });
  }
  const keysAskedOf = () => platform.queries('GetPublicKeys').map(({ CinemaCode }) => CinemaCode);
  expect(keysAskedOf().length).toBeLessThan(40);
  expect(await rows()).toBeLessThan(5);

  // The first ticket of a cinema that was never asked for.
  const ticket = sell();
  const pending = await agent.scan(ticket.code);
  expect(pending).toMatchObject({ Verdict: 'KEYS_PENDING', RetryInSeconds: expect.any(Number) });
  wait(1000 * (pending.RetryInSeconds ?? 0));
  expect(await agent.scan(ticket.code)).toMatchObject({ Verdict: 'ADMIT' });
  await agent.close();

  // As many as an intruder could have left.
  const left = Array.from({ length: MANY }, (_, number) => ({
    cinemaCode: String(20_000_000 + number),
    fetchedAt: null,
    attemptedAt: 0,
    cinemaName: '',
    failure: 'CINEMA_NOT_ALLOWED',
    alarm: null,
  }));
  await store.db.insertInto('keyFetch').values(left).execute();
  const before = keysAskedOf().length;
  const askedSince = () => keysAskedOf().slice(before);
  const again = await terminal.start();
  await platform.until(() => askedSince().includes(CINEMA));
  expect(await again.scan(ticket.code)).toMatchObject({ Verdict: 'ALREADY_ENTERED' });
  await again.close();
  expect(new Set(askedSince())).toEqual(new Set([CINEMA]));
});
