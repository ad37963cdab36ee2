// @module-tag slow
import { userInfo } from 'node:os';
import {
  type CommandStore,
  createApiTokens,
  createCommandStore,
  makeTotpSecret,
  type OperationTables,
  type OperatorTables,
  operationMigrations,
  operatorMigrations,
  type Permission,
  parseEnd,
  type Role,
} from '@ticket-check/operators';
import { ONE_TIME, OWN, peopleOf } from '@ticket-check/operators/testing/people';
import { parseCinemaCode } from '@ticket-check/protocol';
import { createProgram, runCommand } from '@ticket-check/runtime';
import { outputOf } from '@ticket-check/runtime/testing';
import { mergeMigrations, type Store } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { generate } from 'otplib';
import { beforeEach, expect, it } from 'vitest';
import { tokenCommands } from '../tokens/tokens.ts';
import { operatorCommands } from './serve-operators.ts';

type Tables = OperatorTables & OperationTables;
type AskedOfStore = Parameters<CommandStore<Tables>['confirm']>[0];

const migrations = mergeMigrations(operatorMigrations, operationMigrations);
const [CINEMA, OTHER_CINEMA] = [parseCinemaCode('31012801'), parseCinemaCode('31012802')];
const MACHINE = userInfo().username;

describeEachEngine('a command that changes something', ({ engine, open, url }) => {
  let store: Store<Tables>;
  let at: string;
  let people: ReturnType<typeof peopleOf>;

  beforeEach(async () => {
    at = await url();
    store = await open<Tables>(migrations, at);
    people = peopleOf(store);
  });

  const EVERY_CINEMA: AskedOfStore = { name: 'door paint', what: { colour: 'red' }, needs: 'claims.release' };

  /** Runs `paint`, or a command of operators, in a program of its own; `typed` is what is answered at the terminal. */
  async function run(
    args: readonly string[],
    {
      typed = [],
      token,
      asked = {},
      secondFactorRoles = [],
    }: {
      typed?: readonly string[] | null;
      token?: string;
      asked?: Partial<AskedOfStore>;
      secondFactorRoles?: readonly Role[];
    } = {},
  ) {
    const program = createProgram('service', '');
    const answers = [...(typed ?? [])];
    const commands = createCommandStore(program, {
      settings: () => ({ SECOND_FACTOR_ROLES: secondFactorRoles, OPERATOR_TOKEN: token }),
      open: () => open<Tables>(migrations, at),
      now: people.now,
      ask: async () => (typed === null ? null : (answers.shift() ?? '')),
      askName: async () => (typed === null ? null : (answers.shift() ?? '')),
    });
    program.command('paint').action(async () => {
      await commands.change({ ...EVERY_CINEMA, ...asked }, async () => {});
    });
    operatorCommands(program, { store: commands, now: people.now });
    tokenCommands(program, { store: commands, now: people.now });
    const ran = await outputOf(() => runCommand(program, ['node', 'service', ...args], {}));
    expect(answers).toEqual([]);
    return { exitCode: ran.result, stdout: ran.stdout, stderr: ran.stderr.trim() };
  }

  /** What was written down last. */
  async function last() {
    const { what, ...row } = await store.db
      .selectFrom('operation')
      .select(['name', 'actor', 'from', 'failed', 'what'])
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    return { ...row, what: JSON.parse(what) };
  }

  const done = { exitCode: 0, stderr: '' };
  const refused = (sentence: string) => ({ exitCode: 1, stderr: expect.stringContaining(sentence) });
  const makeToken = (name = 'nightly', permission: Permission = 'claims.release') => {
    const token = { name, permissions: [permission], cinemaCodes: 'all' as const, endsAt: parseEnd('2026-12-31') };
    return createApiTokens(store, people.now).add({ ...token, actor: 'root' });
  };

  it('takes each code of an operator with a second factor once, and slows guessing', async () => {
    await people.add('anna');
    const secret = await makeTotpSecret();
    const code = async () => generate({ secret, epoch: Math.floor(people.clock.at / 1000) });
    const session = await people.beginSession('anna');
    await people.secondFactors.setUpTotp('anna', { secret, code: await code(), session });
    people.clock.at += 60_000;
    const typed = [OWN, await code()];
    expect(await run(['paint', '--operator', 'anna'], { typed })).toMatchObject(done);
    expect(await last()).toMatchObject({ actor: 'anna', what: { colour: 'red', secondFactor: 'totp' } });
    expect(await run(['paint', '--operator', 'anna'], { typed })).toMatchObject(refused('The code is wrong.'));
    expect(await last()).toMatchObject({ name: 'login failed', actor: 'anna', what: { reason: 'wrong code' } });

    for (let guess = 0; guess < 5; guess += 1) await run(['paint', '--operator', 'anna'], { typed: ['a guess'] });
    const slowed = await run(['paint', '--operator', 'anna'], { typed: [OWN] });
    expect(slowed).toMatchObject(refused('too many wrong passwords: try again in 300 seconds'));
    people.clock.at += 300_000;
    expect(await run(['paint', '--operator', 'anna'], { typed: [OWN, await code()] })).toMatchObject(done);
  });

  it('shows the sessions of an operator, and ends one of them', async () => {
    await people.add('anna');
    await people.beginSession('anna');
    people.clock.at += 60_000;
    await people.beginSession('anna');
    const listed = async () =>
      (await run(['operator', 'sessions', 'anna'])).stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    const [newest, oldest] = await listed();
    expect(oldest).toMatchObject({ Address: '192.0.2.7', BeganAt: '2026-11-30T12:00:00' });
    const end = (...typed: string[]) => run(['operator', 'end-session', 'anna', oldest.Session], { typed });
    expect(await end('nora')).toMatchObject(refused('what was typed is not anna.'));
    expect(await listed()).toEqual([newest, oldest]);
    expect(await end('anna')).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('anna has to log in again at 192.0.2.7'),
    });
    expect(await last()).toMatchObject({ what: { username: 'anna', beganAt: '2026-11-30T12:00:00' } });
    expect(await listed()).toEqual([newest]);
    expect(await end()).toMatchObject(refused('has no such session'));
    expect(await run(['operator', 'sessions', 'nora'])).toMatchObject(refused('There is no such operator'));
  });

  // The rest reaches no other statement.
  if (engine === 'postgres') return;

  it('needs no operator while there is none, and then one with the right password', async () => {
    expect(await run(['paint'])).toMatchObject(done);
    expect(await last()).toMatchObject({ name: 'door paint', actor: MACHINE, failed: 0 });
    await people.add('anna');
    expect(await run(['paint'])).toMatchObject(refused('say with --operator who you are'));
    expect(await last()).toMatchObject({ actor: MACHINE, failed: 1, what: { reason: 'no operator given' } });
    expect(await run(['paint', '--operator', 'Anna'], { typed: [OWN] })).toMatchObject(done);
    const from = expect.stringMatching(new RegExp(`, user ${MACHINE}$`));
    expect(await last()).toEqual({ name: 'door paint', actor: 'anna', from, failed: 0, what: { colour: 'red' } });
    expect(await run(['--operator', 'anna', 'paint'], { typed: null })).toMatchObject(refused('There is no terminal'));
    expect(await run(['paint'], { asked: { needs: null } })).toMatchObject(done);
  });

  it('says what it destroys and for how many, and does it once the name was typed or named by a script', async () => {
    await people.add('anna', { role: 'administrator' });
    await people.add('carl');
    await people.add('dora');
    await people.beginSession('carl');
    for (const name of ['nightly', 'weekly']) await makeToken(name);
    const asAnna = (...args: string[]) => [...args, '--operator', 'anna'];
    const disabled = async () => (await people.operators.find('carl'))?.disabledAt != null;
    const told =
      'carl (supervisor) can no longer log in, and the tokens that they added stop working. Their sessions end at once: 1.';
    const before = await people.operations();

    for (const [typed, why] of [
      [[OWN, 'karl'], 'Nothing was done: what was typed is not carl.'],
      [[OWN, ''], 'Nothing was done'],
    ] as const) {
      const ran = await run(asAnna('operator', 'disable', 'carl'), { typed });
      expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/\n/) });
      expect(ran.stderr).toContain(told);
      expect(ran.stderr).toContain(why);
      expect([await disabled(), await people.operations()]).toEqual([false, before]);
    }
    for (const [command, loses] of [
      ['reset-password', 'cannot log in with the present password any more. Their sessions end at once: 1.'],
      ['reset-second-factor', 'loses the authenticator app, every passkey and all recovery codes.'],
      ['end-sessions', 'has to log in again. Their sessions end at once: 1.'],
    ] as const) {
      const ran = await run(asAnna('operator', command, 'carl'), { typed: [OWN, 'anna'] });
      expect(ran).toMatchObject(refused(`carl (supervisor) ${loses}`));
      expect(await people.operations()).toEqual(before);
    }
    expect(await run(asAnna('operator', 'disable', 'carl'), { typed: [OWN, 'carl'] })).toMatchObject({ exitCode: 0 });
    expect(await disabled()).toBe(true);

    const script = { typed: null, token: await makeToken('manager', 'operators.manage') };
    // A script has named what it is about: it reads what is done, and nobody is asked.
    for (const command of ['reset-second-factor', 'disable', 'reset-password']) {
      const ran = await run(['operator', command, 'dora'], script);
      expect(ran).toMatchObject({ exitCode: 0, stderr: expect.stringMatching(/^dora \(supervisor\) /) });
      expect(await last()).toMatchObject({ name: `operator ${command}`, actor: 'token manager', failed: 0 });
    }
    expect(await run(['token', 'revoke', 'weekly', '--yes'], script)).toMatchObject({ exitCode: 0 });
    expect(await run(['token', 'revoke', 'nightly'], script)).toMatchObject({
      exitCode: 0,
      stderr:
        'Whatever uses the token nightly reads nothing and runs no command any more, at once and for good. Last use: none.',
    });
    // There is nothing to be confirmed: what is wrong is said, and written down.
    expect(await run(['token', 'revoke', 'yearly'], script)).toMatchObject({ exitCode: 1 });
    expect(await last()).toMatchObject({ name: 'token revoke', failed: 1, what: { name: 'yearly' } });
  });

  it('leaves somebody who is given another role their cinemas, unless others are named', async () => {
    await people.add('anna', { role: 'administrator' });
    const change = (...args: string[]) =>
      run(['operator', 'change', 'uwe', ...args, '--operator', 'anna'], { typed: [OWN] });
    const seen = async () => (await people.operators.find('uwe'))?.cinemaCodes;
    await people.add('uwe', { cinemaCodes: [CINEMA] });
    const only = `uwe is usher now, and sees only the cinemas ${CINEMA}.`;
    expect(await change('--role', 'usher')).toMatchObject({ exitCode: 0, stderr: only });
    expect(await seen()).toEqual([CINEMA]);
    expect(await change('--role', 'usher', '--all-cinemas')).toMatchObject({
      exitCode: 0,
      stderr: 'uwe is usher now, and sees every cinema.',
    });
    expect(await seen()).toBe('all');
    await change('--role', 'supervisor', '--cinemas', CINEMA);
    expect(await seen()).toEqual([CINEMA]);
    await change('--role', 'administrator');
    expect(await seen()).toBe('all');
  });

  it('says of each what is wrong with them, and writes it down', async () => {
    await people.add('anna', { role: 'administrator' });
    for (const name of ['carl', 'dora']) await people.add(name);
    await people.add('emil', { isNew: true });
    await people.add('usha', { role: 'usher' });
    await people.operators.disable('carl');
    const as = (name: string, password = OWN, more: Parameters<typeof run>[1] = {}) =>
      run(['paint', '--operator', name], { typed: [password], ...more });
    const login = (actor: string, reason: string) => ({
      name: 'login failed',
      actor,
      failed: 1,
      what: { command: 'door paint', reason },
    });

    expect(await as('nobody')).toMatchObject(refused('The username or the password is wrong.'));
    expect(await last()).toMatchObject(login('unknown', 'wrong password'));
    expect(await as('dora', 'a guess')).toMatchObject(refused('The username or the password is wrong.'));
    expect(await last()).toMatchObject(login('dora', 'wrong password'));
    expect(await as('carl')).toMatchObject(refused('The operator carl is disabled.'));
    expect(await last()).toMatchObject(login('carl', 'disabled'));
    expect(await as('emil', ONE_TIME)).toMatchObject(refused('That is a one-time password'));
    people.clock.at += 4 * 86_400_000;
    expect(await as('emil', ONE_TIME)).toMatchObject(refused('The one-time password of emil ended at'));
    expect(await as('usha')).toMatchObject(refused('usha may not do that: it takes the permission claims.release.'));
    expect(await last()).toMatchObject({ actor: 'usha', failed: 1, what: { reason: 'not permitted' } });
    const demanded = { secondFactorRoles: ['supervisor'] as const };
    expect(await as('dora', OWN, demanded)).toMatchObject(refused('dora needs a second factor'));
    expect(await as('dora')).toMatchObject(done);
  });

  it('concerns only the cinemas that the operator acts for', async () => {
    await people.add('anna', { cinemaCodes: [CINEMA] });
    const paint = (cinemaCodes?: string[]) =>
      run(['paint', '--operator', 'anna'], { typed: [OWN], asked: { cinemaCodes } });
    expect(await paint([CINEMA])).toMatchObject(done);
    expect(await paint([CINEMA, OTHER_CINEMA])).toMatchObject(refused(`does not act for the cinema ${OTHER_CINEMA}.`));
    expect(await last()).toMatchObject({ actor: 'anna', failed: 1, what: { reason: 'another cinema' } });
    expect(await paint()).toMatchObject(refused('this concerns all of them'));
  });

  it('takes a token from a script, by what it permits and as long as it works', async () => {
    await people.add('anna', { role: 'administrator' });
    const token = await makeToken();
    expect(await run(['paint'], { token })).toMatchObject(done);
    expect(await last()).toMatchObject({ name: 'door paint', actor: 'token nightly', failed: 0 });
    expect(await run(['paint'], { token, asked: { needs: 'service.manage' } })).toMatchObject(
      refused('The token nightly may not do that'),
    );
    expect(await run(['paint'], { token: `${token}x` })).toMatchObject(refused('no token of this service'));
    expect(await last()).toMatchObject({ name: 'login failed', actor: 'unknown', what: { reason: 'unknown token' } });
    people.clock.at = Date.parse('2027-01-01T00:00:00+08:00');
    expect(await run(['paint'], { token })).toMatchObject(refused('ended at 2026-12-31T23:59:59'));
    await createApiTokens(store, people.now).revoke('nightly');
    expect(await run(['paint'], { token })).toMatchObject(refused('The token nightly was revoked at'));
    // --operator asks for the password, whatever the environment holds.
    expect(await run(['paint', '--operator', 'anna'], { token, typed: [OWN] })).toMatchObject(done);
  });

  it('adds the first administrator, and helps where none can log in any more', async () => {
    await people.add('sven');
    expect(await run(['operator', 'add', 'anna', '--role', 'administrator'])).toMatchObject({ exitCode: 0 });
    expect(await run(['operator', 'add', 'bert', '--role', 'usher', '--all-cinemas'])).toMatchObject(
      refused('--operator'),
    );
    const sven = { typed: [OWN] };
    const promoted = ['operator', 'change', 'sven', '--role', 'administrator', '--operator', 'sven'];
    expect(await run(promoted, sven)).toMatchObject(refused('it takes the permission operators.manage'));

    const session = await people.beginSession('sven');
    const secret = await makeTotpSecret();
    const code = await generate({ secret, epoch: Math.floor(people.clock.at / 1000) });
    await people.secondFactors.setUpTotp('sven', { secret, code, session });
    await people.operators.disable('sven');
    const recovered = await run(['operator', 'recover', 'sven']);
    const { OneTimePassword } = JSON.parse(recovered.stdout);
    expect(await last()).toMatchObject({ name: 'operator recover', actor: MACHINE, failed: 0 });
    const restored = { role: 'administrator', disabledAt: null, hasSecondFactor: false };
    expect(await people.operators.find('sven')).toMatchObject(restored);
    const login = { username: 'sven', password: OneTimePassword, address: '192.0.2.7' };
    expect(await people.logins.login(login)).toMatchObject({ kind: 'in' });
    expect(await run(['operator', 'recover', 'nora'])).toMatchObject({ exitCode: 0 });
    expect(await people.operators.find('nora')).toMatchObject({ role: 'administrator' });
  });
});
