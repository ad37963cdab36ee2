import type { Store } from '@ticket-check/storage';
import { describeEachWay } from '@ticket-check/storage/testing';
import { beforeEach, expect, it } from 'vitest';
import { ADDRESS, ONE_TIME, OWN, type PeopleTables, peopleMigrations, peopleOf } from '../testing/people.ts';
import { endSessions } from './sessions.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describeEachWay('logging in', (engine) => {
  let store: Store<PeopleTables>;
  let people: ReturnType<typeof peopleOf>;

  beforeEach(async () => {
    store = await engine.open<PeopleTables>(peopleMigrations);
    people = peopleOf(store);
  });

  async function logIn(username = 'anna', password = OWN, address = ADDRESS): Promise<string> {
    const outcome = await people.logins.login({ username, password, address });
    if (outcome.kind !== 'in') throw new Error(outcome.kind);
    return outcome.token;
  }
  const kindOf = async (username: string, password: string) =>
    (await people.logins.login({ username, password, address: ADDRESS })).kind;
  const rows = () => store.db.selectFrom('operatorSession').selectAll().execute();

  it('begins a session, of whose token the database has only a hash, and is an operation of the operator', async () => {
    await people.add('anna');
    const token = await logIn(' Anna ');
    expect(await people.sessions.find(token)).toMatchObject({ operator: { username: 'anna', role: 'supervisor' } });
    expect(JSON.stringify(await rows())).not.toContain(token);
    expect(await people.sessions.find(`${token}x`)).toBeNull();
    expect(await people.operations()).toEqual([{ name: 'login', actor: 'anna', from: ADDRESS, what: {} }]);
  });

  it('is refused in one way for a wrong password, an unknown or disabled operator and an ended one-time password', async () => {
    await people.add('anna');
    await people.add('bert');
    await people.add('carl', { isNew: true });
    await people.operators.disable('bert');
    people.clock.at += 73 * HOUR;
    expect(await kindOf('anna', 'winter melon soup!')).toBe('refused');
    expect(await kindOf('dora', OWN)).toBe('refused');
    expect(await kindOf("' or 1=1 --", OWN)).toBe('refused');
    expect(await kindOf('bert', OWN)).toBe('refused');
    expect(await kindOf('carl', ONE_TIME)).toBe('refused');
    const told = await people.operations();
    expect(told.map(({ name, actor }) => [name, actor])).toEqual([
      ...[
        ['login failed', 'anna'],
        ['login failed', 'unknown'],
        ['login failed', 'unknown'],
      ],
      ...[
        ['login failed', 'bert'],
        ['login failed', 'carl'],
      ],
    ]);
    // What was typed in place of a username may be a password.
    expect(JSON.stringify(told)).not.toContain('dora');
    expect(told[0]).toMatchObject({ from: ADDRESS, what: {} });
  });

  it('with a one-time password leads to one of the operator’s own, which ends every other session', async () => {
    await people.add('anna', { isNew: true });
    const [other, token] = [await logIn('anna', ONE_TIME), await logIn('anna', ONE_TIME)];
    const session = (await people.sessions.find(token))!;
    expect(session.operator.oneTimeUntil).not.toBeNull();
    const choose = (chosen: string) => people.logins.changePassword(session, { chosen, address: ADDRESS });
    expect(await choose('short')).toEqual({ kind: 'unusable', fault: 'too-short' });
    expect(await choose(ONE_TIME)).toEqual({ kind: 'unusable', fault: 'unchanged' });
    const chosen = await choose(OWN);
    expect(chosen.kind).toBe('in');
    expect([await people.sessions.find(token), await people.sessions.find(other)]).toEqual([null, null]);
    const next = await people.sessions.find((chosen as { token: string }).token);
    expect(next).toMatchObject({ operator: { oneTimeUntil: null } });
    // The session that it ended chooses no other one, even if its request began before.
    expect(await choose('another good one')).toEqual({ kind: 'refused' });
    const again = await people.logins.changePassword(next!, { chosen: 'another good one', address: ADDRESS });
    expect(again.kind).toBe('in');
    expect(await kindOf('anna', OWN)).toBe('refused');
    const names = (await people.operations()).map(({ name, actor }) => `${name} by ${actor}`);
    expect(names.filter((name) => name === 'operator change-password by anna')).toHaveLength(2);
    expect(JSON.stringify(await people.operations())).not.toMatch(/winter|argon2/);
  });

  it('ends by logout, by disabling and by a reset of the password, at once', async () => {
    await people.add('anna');
    const token = await logIn();
    await people.logins.logout((await people.sessions.find(token))!, ADDRESS);
    expect(await people.sessions.find(token)).toBeNull();
    const [one, two] = [await logIn(), await logIn()];
    expect(await people.operators.disable('anna')).toMatchObject({ sessionsEnded: 2 });
    await people.operators.enable('anna');
    expect([await people.sessions.find(one), await people.sessions.find(two)]).toEqual([null, null]);
    const three = await logIn();
    await people.operators.resetPassword('anna', 'another hash');
    expect(await people.sessions.find(three)).toBeNull();
    expect((await people.operations()).map(({ name }) => name)).toEqual(['login', 'logout', 'login', 'login', 'login']);
  });

  it('ends after half an hour without a request, and after twelve hours in any case, which is written down', async () => {
    await people.add('anna');
    const idle = await logIn();
    people.clock.at += 29 * MINUTE;
    const busy = await logIn('anna', OWN, '192.0.2.8');
    expect(await people.sessions.find(busy)).not.toBeNull();
    people.clock.at += MINUTE;
    expect(await people.sessions.find(idle)).toBeNull();
    for (let minutes = 0; minutes < 12 * 60 - 20; minutes += 20) {
      expect(await people.sessions.find(busy)).not.toBeNull();
      people.clock.at += 20 * MINUTE;
    }
    expect(await people.sessions.find(busy)).not.toBeNull();
    people.clock.at += 20 * MINUTE;
    expect(await people.sessions.find(busy)).toBeNull();
    await endSessions({ store, ...people });
    await endSessions({ store, ...people });
    expect(await rows()).toEqual([]);
    const ends = (await people.operations()).filter(({ name }) => name === 'session end');
    expect(ends).toHaveLength(2);
    const end = { name: 'session end', actor: 'anna' };
    expect(ends).toContainEqual({ ...end, from: ADDRESS, what: { reason: 'idle' } });
    expect(ends).toContainEqual({ ...end, from: '192.0.2.8', what: { reason: 'absolute' } });
  });

  it('ends where the clock of the service was ahead and was set back, and keeps out no later one', async () => {
    await people.add('anna');
    people.clock.at += 365 * 24 * HOUR;
    const ahead: string[] = [];
    for (let n = 0; n < 16; n += 1) ahead.push(await logIn());
    people.clock.at -= 365 * 24 * HOUR;
    for (const token of ahead) expect(await people.sessions.find(token)).toBeNull();
    await endSessions({ store, ...people });
    const later = await logIn();
    expect(await people.sessions.find(later)).not.toBeNull();
    expect(await rows()).toHaveLength(1);
    const end = { name: 'session end', actor: 'anna', from: ADDRESS, what: { reason: 'clock set back' } };
    expect(await people.operations()).toContainEqual(end);
    // The difference between clocks of several processes.
    people.clock.at -= 4 * MINUTE;
    expect(await people.sessions.find(later)).not.toBeNull();
  });

  it('keeps the sessions of an operator to a number; the oldest goes first', async () => {
    await people.add('anna');
    const { passwordHash } = (await people.operators.find('anna'))!;
    const tokens: string[] = [];
    for (let n = 0; n < 18; n += 1) {
      people.clock.at += 1000;
      const session = { username: 'anna', passwordHash, address: ADDRESS, secondFactorShown: false };
      const begun = await people.sessions.begin(session);
      tokens.push(begun?.token ?? '');
    }
    expect(await rows()).toHaveLength(16);
    expect(await people.sessions.find(tokens[1]!)).toBeNull();
    expect(await people.sessions.find(tokens[2]!)).not.toBeNull();
    await logIn();
    expect(await people.operations()).toEqual([
      { name: 'login', actor: 'anna', from: ADDRESS, what: { sessionsEnded: 1 } },
    ]);
  });
});
