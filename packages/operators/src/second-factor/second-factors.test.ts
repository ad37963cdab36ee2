import { inOneTransaction, type Store } from '@ticket-check/storage';
import { describeBehindPooler, describeEachEngine } from '@ticket-check/storage/testing';
import { sql } from 'kysely';
import { generate } from 'otplib';
import { beforeEach, expect, it } from 'vitest';
import { lockOperator } from '../people/locks.ts';
import { createOperators } from '../people/operators.ts';
import { createLoginSteps, endSessions } from '../sessions/sessions.ts';
import { ADDRESS, OWN, type PeopleTables, peopleMigrations, peopleOf } from '../testing/people.ts';
import { makeTotpSecret } from './codes.ts';
import { createSecondFactors } from './second-factors.ts';

const STEP = 30_000;

describeEachEngine('a second factor', (engine) => {
  let store: Store<PeopleTables>;
  let people: ReturnType<typeof peopleOf>;
  let secret: string;
  let recoveryCodes: string[];
  let session: string;

  beforeEach(async () => {
    store = await engine.open<PeopleTables>(peopleMigrations);
    people = peopleOf(store);
    await people.add('anna');
    secret = await makeTotpSecret();
    session = await people.beginSession('anna');
    const setUp = { secret, code: await codeAt(people.clock.at), session };
    recoveryCodes = (await people.secondFactors.setUpTotp('anna', setUp))?.recoveryCodes ?? [];
    people.clock.at += 10 * STEP;
  });

  const steps = () => store.db.selectFrom('operatorLoginStep').selectAll().execute();
  const codeAt = (ms: number) => generate({ secret, epoch: Math.floor(ms / 1000) });
  async function passed(password = OWN): Promise<string> {
    const outcome = await people.logins.login({ username: 'anna', password, address: ADDRESS });
    if (outcome.kind !== 'second-factor') throw new Error(outcome.kind);
    return outcome.token;
  }
  const confirm = async (code: string, token?: string) =>
    people.logins.confirm({ token: token ?? (await passed()), shown: { code }, address: ADDRESS });

  it('is asked for once the password is right, and only with it is there a session', async () => {
    const token = await passed();
    expect(await people.sessions.find(token)).toBeNull();
    expect(await confirm('000000', token)).toEqual({ kind: 'refused' });
    const code = await codeAt(people.clock.at);
    const confirmed = await confirm(`${code.slice(0, 3)} ${code.slice(3)}`, token);
    expect(confirmed.kind).toBe('in');
    expect(await people.sessions.find((confirmed as { token: string }).token)).toMatchObject({
      operator: { username: 'anna', hasSecondFactor: true },
    });
    expect(await confirm(await codeAt(people.clock.at + STEP), token)).toEqual({ kind: 'expired' });
    expect(await people.operations()).toMatchObject([
      { name: 'login failed', actor: 'anna', from: ADDRESS, what: { afterRightPassword: true } },
      { name: 'login', actor: 'anna', from: ADDRESS, what: { secondFactor: 'totp' } },
    ]);
    expect(JSON.stringify(await people.operations())).not.toContain(secret);
  });

  it('is a code of now that counts once, also for two who use it at the same time', async () => {
    const code = await codeAt(people.clock.at);
    const tokens = [await passed(), await passed()];
    const outcomes = await Promise.all(tokens.map((token) => confirm(code, token)));
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['in', 'refused']);
    // An earlier code, which nobody has used, is worth nothing any more.
    expect(await confirm(await codeAt(people.clock.at - STEP))).toEqual({ kind: 'refused' });
    for (const off of [-3, 3]) {
      expect(await confirm(await codeAt(people.clock.at + off * STEP))).toEqual({ kind: 'refused' });
    }
    expect(await confirm(await codeAt(people.clock.at + STEP))).toMatchObject({ kind: 'in' });
  });

  it('is a recovery code in its place, each once, and none of those that were replaced', async () => {
    expect(recoveryCodes).toHaveLength(10);
    const [one = '', two = ''] = recoveryCodes;
    expect(await confirm(` ${one.toUpperCase()} `)).toMatchObject({ kind: 'in' });
    expect(await confirm(one)).toEqual({ kind: 'refused' });
    expect(await people.secondFactors.state('anna')).toMatchObject({ recoveryCodes: 9 });
    const fresh = (await people.secondFactors.makeRecoveryCodes('anna', session)) ?? [];
    expect(fresh).toHaveLength(10);
    expect(await confirm(two)).toEqual({ kind: 'refused' });
    expect(await confirm(fresh[0] ?? '')).toMatchObject({ kind: 'in' });
    const kept = JSON.stringify(await store.db.selectFrom('operatorRecoveryCode').selectAll().execute());
    for (const code of fresh) expect(kept).not.toContain(code);
  });

  it('cannot be guessed: after ten wrong codes in an hour no further one is looked at, from wherever it comes', async () => {
    for (let n = 0; n < 10; n += 1) expect(await confirm('000000')).toEqual({ kind: 'refused' });
    const tooSoon = { kind: 'too-soon', waitSeconds: expect.any(Number) };
    expect(await confirm(await codeAt(people.clock.at))).toEqual(tooSoon);
    const elsewhere = { token: await passed(), shown: { code: recoveryCodes[0] ?? '' }, address: '198.51.100.1' };
    expect(await people.logins.confirm(elsewhere)).toEqual(tooSoon);
  });

  it('has to come within ten minutes, and to the operator as they are by then', async () => {
    const late = await passed();
    people.clock.at += 10 * 60_000;
    expect(await confirm(await codeAt(people.clock.at), late)).toEqual({ kind: 'expired' });
    const token = await passed();
    await people.operators.resetPassword('anna', 'another hash');
    expect(await confirm(await codeAt(people.clock.at), token)).toEqual({ kind: 'expired' });
    expect(await confirm(await codeAt(people.clock.at), 'x'.repeat(43))).toEqual({ kind: 'expired' });
  });

  it('ends the sessions that began without it when it is set up, and all when it is reset', async () => {
    await people.add('bert');
    const { passwordHash } = (await people.operators.find('bert'))!;
    const begin = async (secondFactorShown = false) =>
      (await people.sessions.begin({ username: 'bert', passwordHash, address: ADDRESS, secondFactorShown }))?.token ??
      '';
    const [other, own] = [await begin(), await begin()];
    const { tokenHash } = (await people.sessions.find(own))!;
    const code = await codeAt(people.clock.at);
    expect(await people.secondFactors.setUpTotp('bert', { secret, code: '000000', session: tokenHash })).toBeNull();
    expect(await people.secondFactors.setUpTotp('bert', { secret, code, session: tokenHash })).toMatchObject({
      sessionsEnded: 1,
    });
    expect([await people.sessions.find(other), await people.sessions.find(own)]).toMatchObject([
      null,
      { operator: { hasSecondFactor: true } },
    ]);
    // A login that verified the password before the set-up gets no session for it.
    expect(await begin()).toBe('');
    expect(await people.secondFactors.reset('bert')).toEqual({ sessionsEnded: 1 });
    expect(await people.sessions.find(own)).toBeNull();
    expect(await people.logins.login({ username: 'bert', password: OWN, address: ADDRESS })).toMatchObject({
      kind: 'in',
    });
    await expect(people.secondFactors.reset('dora')).rejects.toThrow('There is no such operator');
    expect(await people.secondFactors.remove('anna', { id: null, isDemanded: false })).toEqual({ kind: 'totp' });
    expect(await people.secondFactors.remove('anna', { id: null, isDemanded: false })).toBeNull();
  });

  it('is set up, and gets new recovery codes, by no session that has ended since', async () => {
    const code = await codeAt(people.clock.at);
    const factors = people.secondFactors;
    await factors.reset('anna');
    expect(await factors.setUpTotp('anna', { secret, code, session })).toBeNull();
    expect(await factors.makeRecoveryCodes('anna', session)).toBeNull();
    const next = await people.beginSession('anna');
    // There is no second factor to replace, and the codes would exist once there is one.
    expect(await factors.makeRecoveryCodes('anna', next)).toBeNull();
    await people.add('bert');
    expect(await factors.setUpTotp('bert', { secret, code, session: next })).toBeNull();
    expect(await factors.state('anna')).toEqual({ totpSince: null, recoveryCodes: 0 });
    expect(await factors.setUpTotp('anna', { secret, code, session: next })).not.toBeNull();
    await people.operators.endSessions('anna');
    expect(await factors.makeRecoveryCodes('anna', next)).toBeNull();
    expect((await factors.state('anna')).recoveryCodes).toBe(10);
  });

  it('is left to an operator who needs one, even if app and passkey are removed concurrently', async () => {
    for (const id of ['one', 'two']) await store.db.insertInto('operatorPasskey').values(passkeyRow(id)).execute();
    const remove = (id: string | null) => people.secondFactors.remove('anna', { id, isDemanded: true });
    const removed = await Promise.allSettled([remove(null), remove('one'), remove('two')]);
    expect(removed.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await people.operators.find('anna')).toMatchObject({ hasSecondFactor: true });
    expect((await people.secondFactors.state('anna')).recoveryCodes).toBe(10);
    await store.db.deleteFrom('operatorPasskey').execute();
    await people.secondFactors.setUpTotp('anna', { secret, code: await codeAt(people.clock.at), session });
    await expect(remove(null)).rejects.toThrow('the last one cannot be removed');
    expect(await remove('unknown')).toBeNull();
    expect(await people.operators.find('anna')).toMatchObject({ hasSecondFactor: true });
  });

  it('gives no login step to whose password was reset, or who was disabled, while their password was verified', async () => {
    await passed();
    expect(await steps()).toHaveLength(1);
    const meanwhile = (change: () => Promise<unknown>) =>
      peopleOf(store, { passwordsVerified: change }).logins.login({
        username: 'anna',
        password: OWN,
        address: ADDRESS,
      });
    expect(await meanwhile(() => people.operators.disable('anna'))).toEqual({ kind: 'refused' });
    await people.operators.enable('anna');
    expect(await meanwhile(() => people.operators.resetPassword('anna', 'another hash'))).toEqual({ kind: 'refused' });
    expect(await steps()).toEqual([]);
  });

  it('that never comes is recorded with the failed logins, once', async () => {
    const token = await passed();
    await passed();
    await confirm(await codeAt(people.clock.at), token);
    people.clock.at += 10 * 60_000;
    await endSessions({ store, ...people });
    await endSessions({ store, ...people });
    const failed = (await people.operations()).filter(({ name }) => name === 'login failed');
    expect(failed).toEqual([
      {
        name: 'login failed',
        actor: 'anna',
        from: ADDRESS,
        what: { afterRightPassword: true, unconfirmed: true },
      },
    ]);
  });
});

describeBehindPooler('a second factor', (engine) => {
  async function openTwo() {
    const url = await engine.url();
    const open = () => engine.open<PeopleTables>(peopleMigrations, url);
    const [store, elsewhere] = [await open(), await open()];
    const people = peopleOf(elsewhere);
    await people.add('anna');
    const waiting = async () => {
      const { rows } = await sql<{ count: string }>`
        select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
      `.execute(elsewhere.db);
      return Number(rows[0]?.count);
    };
    return { store, elsewhere, people, waiting };
  }

  it('that is set up during a login with only the password leaves that login without a session', async () => {
    const { store, people, waiting } = await openTwo();
    const { passwordHash } = (await people.operators.find('anna'))!;
    let begun: Promise<unknown> | undefined;
    await store.transaction(async (db) => {
      await lockOperator(store, db, 'anna');
      begun = people.sessions.begin({ username: 'anna', passwordHash, address: ADDRESS, secondFactorShown: false });
      await expect.poll(waiting).toBe(1);
      const app = { secret: 'A'.repeat(32), lastStep: 0, setUpAt: '2026-11-30T12:00:00' };
      await db
        .insertInto('operatorTotp')
        .values({ username: 'anna', ...app })
        .execute();
    });
    expect(await begun).toBeNull();
  });

  it('that is set up while it is reset, and a login that waits for it while the password is, come to nothing', async () => {
    const { store, elsewhere, people, waiting } = await openTwo();
    const { passwordHash } = (await people.operators.find('anna'))!;
    const session = await people.beginSession('anna');
    const secret = await makeTotpSecret();
    const code = await generate({ secret, epoch: Math.floor(people.clock.at / 1000) });
    let under: Promise<unknown[]> | undefined;
    await inOneTransaction(store, async (within) => {
      await createSecondFactors(within, people.now).reset('anna');
      under = Promise.all([
        people.secondFactors.setUpTotp('anna', { secret, code, session }),
        createLoginSteps(elsewhere, people.now).begin({ username: 'anna', passwordHash, address: ADDRESS }),
      ]);
      await expect.poll(waiting).toBe(2);
      await createOperators(within, people.now).resetPassword('anna', 'another hash');
    });
    expect(await under).toEqual([null, null]);
    expect(await people.operators.find('anna')).toMatchObject({ hasSecondFactor: false });
  });
});

function passkeyRow(id: string) {
  const at = '2026-11-30T12:00:00';
  const kept = { publicKey: '', counter: 0, transports: '[]', addedAt: at, usedAt: null };
  return { id, username: 'anna', name: id, origin: 'https://localhost:9443', ...kept };
}
