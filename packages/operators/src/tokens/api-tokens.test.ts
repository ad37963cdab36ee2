import { parseCinemaCode } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it, test } from 'vitest';
import { createOperators } from '../people/operators.ts';
import { type OperatorTables, operatorMigrations } from '../people/tables.ts';
import { createApiTokens, parseEnd } from './api-tokens.ts';

const CINEMA = parseCinemaCode('31012801');
const DAY = 86_400_000;

describeEachEngine('tokens', (engine) => {
  let store: Store<OperatorTables>;
  let at: number;
  const tokens = () => createApiTokens(store, () => at);
  const add = (name: string, until = '2026-12-31', actor = 'root') =>
    tokens().add({ name, permissions: ['claims.read'], cinemaCodes: [CINEMA], endsAt: parseEnd(until), actor });

  beforeEach(async () => {
    store = await engine.open<OperatorTables>(operatorMigrations);
    at = Date.parse('2026-11-26T12:00:00+08:00');
  });

  it('let a machine do what they name until their end, and are kept as hashes', async () => {
    const secret = await add('report');
    expect(secret).toMatch(/^tct_[\w-]{43}$/);
    const find = async (token: string) => {
      const holder = await tokens().find(token);
      return holder && [holder.actor, holder.cinemaCodes, holder.permits('claims.read'), holder.permits('audit.read')];
    };
    const scope = ['token report', [CINEMA], true, false];
    expect(await find(secret)).toEqual(scope);
    expect(JSON.stringify(await store.db.selectFrom('apiToken').selectAll().execute())).not.toContain(secret.slice(4));
    expect(await tokens().list()).toEqual([
      {
        ...{ name: 'report', permissions: ['claims.read'], cinemaCodes: [CINEMA] },
        ...{ createdAt: '2026-11-26T12:00:00', addedBy: null, isHeld: false },
        ...{ endsAt: '2026-12-31T23:59:59', usedAt: at, revokedAt: null },
      },
    ]);
    for (const wrong of ['', 'tct_', `${secret}x`, secret.slice(4), `tct_${'x'.repeat(43)}`, "' or 1=1"]) {
      expect(await tokens().find(wrong)).toBeNull();
    }
    at = Date.parse('2026-12-31T23:59:58+08:00');
    expect(await find(secret)).toEqual(scope);
    at += 1000;
    expect(await tokens().find(secret)).toBeNull();
  });

  it('stop working once they are revoked', async () => {
    const secret = await add('report');
    await tokens().revoke('report');
    expect(await tokens().find(secret)).toBeNull();
    at += DAY;
    await tokens().revoke('report');
    expect(await tokens().list()).toMatchObject([{ revokedAt: '2026-11-26T12:00:00' }]);
    await expect(tokens().revoke('other')).rejects.toThrow('There is no such token');
  });

  it('do not work while who added them, or the token that added them, is disabled', async () => {
    const operators = createOperators(store, () => at);
    for (const username of ['anna', 'bert']) {
      await operators.add({ username, role: 'administrator', cinemaCodes: 'all', passwordHash: username });
    }
    const secrets = [
      await add('manager', '2026-12-31', 'anna'),
      await add('report', '2026-12-31', 'token manager'),
      await add('other', '2026-12-31', 'bert'),
    ];
    const working = async () =>
      Promise.all(secrets.map(async (secret) => (await tokens().find(secret))?.actor ?? null));
    expect(await working()).toEqual(['token manager', 'token report', 'token other']);
    await operators.disable('anna');
    expect(await working()).toEqual([null, null, 'token other']);
    expect(await tokens().judge(secrets[1]!)).toMatchObject({ actor: 'token report', refused: 'token held' });
    expect(await tokens().list()).toMatchObject([
      { name: 'manager', addedBy: 'anna', isHeld: true },
      { name: 'other', addedBy: 'bert', isHeld: false },
      { name: 'report', addedBy: 'anna', isHeld: true },
    ]);
    await operators.enable('anna');
    expect(await working()).toEqual(['token manager', 'token report', 'token other']);
  });

  it('have names of one form, each once, and an end', async () => {
    await add('report');
    await expect(add('report')).rejects.toThrow('That name is taken');
    await expect(add('Report!')).rejects.toThrow('cannot be used');
    for (const until of ['2026-11-25', '2028-01-01'])
      await expect(add('other', until)).rejects.toThrow('within 400 days');
  });
});

test('days are read as people write them', () => {
  expect(() => parseEnd('31.12.2026')).toThrow('is no day');
  expect(() => parseEnd('2026-02-30')).toThrow('is no day');
});
