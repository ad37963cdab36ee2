// @module-tag service
import { OWN } from '@ticket-check/admin/testing';
import { createOperators } from '@ticket-check/operators';
import { withTables } from '@ticket-check/storage';
import { expect, it } from 'vitest';
import { startCinema } from '../testing/evening.ts';
import { logInAs } from '../testing/log-in.ts';
import { badgeIn, createBadges, makeBadgeCode } from './badges.ts';

it('makes a badge of a supervisor for their password, shows it once, and takes it from who may let nobody in', async () => {
  const settings = { SECOND_FACTOR_ROLES: 'administrator' };
  const { terminal, agent } = await startCinema({ now: Date.now, settings });
  const supervisor = await logInAs('susi', 'supervisor', { terminal, agent });
  const make = (sent: object) => supervisor.act('/badge/make', sent);
  expect(await make({ Pin: '428193', password: 'wrong' })).toMatchObject({ status: 403 });
  expect(await make({ Pin: '4281', password: OWN })).toMatchObject({ status: 400 });
  expect(await supervisor.json('/badge.json')).toMatchObject({ MadeAt: null });
  const made = await make({ Pin: '428193', password: OWN });
  expect(made).toMatchObject({ status: 200, Symbol: { Size: expect.any(Number), Path: expect.stringMatching(/^M/) } });
  expect(await supervisor.json('/badge.json')).toMatchObject({ MadeAt: expect.any(String) });
  const store = await terminal.open();
  const kept = JSON.stringify([
    await store.db.selectFrom('badge').selectAll().execute(),
    await store.db.selectFrom('operation').selectAll().execute(),
  ]);
  expect(kept).not.toMatch(/428193|badge-/);

  const badges = createBadges(withTables(store), Date.now);
  const operators = createOperators(withTables(store), Date.now);
  const code = makeBadgeCode();
  expect(badgeIn(`]Q3${code.toUpperCase()}\r`)).toBe(code);
  await badges.make('susi', { code, pinHash: 'x' });
  expect(await badges.holderOfCode(code)).toMatchObject({ username: 'susi', cinemaCodes: 'all' });
  await operators.change('susi', { role: 'usher', cinemaCodes: null });
  expect(await badges.holderOfCode(code)).toBeNull();
  await operators.change('susi', { role: 'supervisor', cinemaCodes: null });
  expect(await badges.holderOfCode(code)).not.toBeNull();
  expect(await supervisor.act('/badge/revoke', {})).toMatchObject({ status: 200 });
  expect(await badges.holderOfCode(code)).toBeNull();
  await badges.make('susi', { code, pinHash: 'x' });
  await operators.resetPassword('susi', 'y');
  expect(await badges.holderOfCode(code)).toBeNull();
});
