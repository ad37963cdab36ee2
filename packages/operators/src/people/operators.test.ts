import { parseCinemaCode } from '@ticket-check/protocol';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { beforeEach, expect, it, test } from 'vitest';
import { mayOperateFor, parseCinemaCodes } from './operator.ts';
import { createOperators, type Operators } from './operators.ts';
import type { Role } from './role.ts';
import { type OperatorTables, operatorMigrations } from './tables.ts';

const NOON = Date.parse('2026-11-30T12:00:00+08:00');
const CINEMA = parseCinemaCode('31012801');

describeEachEngine('the operators of a platform', (engine) => {
  let operators: Operators;

  beforeEach(async () => {
    operators = createOperators(await engine.open<OperatorTables>(operatorMigrations), () => NOON);
  });

  const add = (username: string, role: Role, cinemaCodes: readonly (typeof CINEMA)[] | 'all' = 'all') =>
    operators.add({ username, role, cinemaCodes, passwordHash: `hash of ${username}` });

  it('are found as they were added, with a one-time password that ends after three days', async () => {
    expect(await add('li.wei', 'supervisor', [CINEMA, CINEMA])).toBe('2026-12-03T12:00:00');
    const added = {
      username: 'li.wei',
      role: 'supervisor',
      cinemaCodes: [CINEMA],
      oneTimeUntil: '2026-12-03T12:00:00',
      createdAt: '2026-11-30T12:00:00',
      disabledAt: null,
      hasSecondFactor: false,
    };
    expect(await operators.list()).toEqual([added]);
    expect(await operators.find('li.wei')).toEqual({ ...added, passwordHash: 'hash of li.wei' });
    expect(await operators.find('li')).toBeNull();
    expect([mayOperateFor(added as never, CINEMA), mayOperateFor(added as never, '31012802')]).toEqual([true, false]);
  });

  it('have usernames of one form, each once', async () => {
    await add('anna', 'auditor');
    await expect(add('anna', 'usher')).rejects.toThrow('That username is taken');
    for (const username of ['', 'Anna', '.anna', 'an na', '李伟', "a'--", 'a'.repeat(65)]) {
      await expect(add(username, 'usher')).rejects.toThrow('cannot be used');
    }
    expect(await operators.list()).toMatchObject([{ username: 'anna', role: 'auditor' }]);
  });

  it('cannot all be shut out: the last enabled administrator stays', async () => {
    await add('anna', 'administrator');
    await add('bert', 'administrator');
    await add('carl', 'supervisor');
    await operators.disable('carl');
    // At the same moment, each the other.
    const both = await Promise.allSettled([operators.disable('anna'), operators.disable('bert')]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [left] = (await operators.list()).filter(({ disabledAt }) => disabledAt === null);
    await expect(operators.disable(left?.username ?? '')).rejects.toThrow('last enabled administrator');
    await operators.enable('anna');
    await operators.enable('bert');
    await operators.disable('anna');
  });

  it('cannot be left to an administrator who cannot log in any more', async () => {
    const store = await engine.open<OperatorTables>(operatorMigrations);
    let now = NOON;
    const people = createOperators(store, () => now);
    const issued = { role: 'administrator', cinemaCodes: 'all' } as const;
    for (const username of ['anna', 'bert']) await people.add({ ...issued, username, passwordHash: username });
    await people.choosePassword('anna', { before: 'anna', passwordHash: 'own' });
    now += 3 * 86_400_000;
    await expect(people.disable('anna')).rejects.toThrow('last enabled administrator');
    await expect(people.change('anna', { role: 'usher', cinemaCodes: 'all' })).rejects.toThrow('who can log in');
    await people.resetPassword('bert', 'issued');
    await people.disable('anna');
    await people.enable('anna');
    now += 3 * 86_400_000;
    await people.disable('bert');
  });
});

test('a list of cinemas is read with blanks around its commas, and a wrong code is named', () => {
  expect(parseCinemaCodes('11062601, 31011201')).toEqual(['11062601', '31011201'].map(parseCinemaCode));
  expect(() => parseCinemaCodes('11062601,310')).toThrow(/"310" is no cinema code/);
});
