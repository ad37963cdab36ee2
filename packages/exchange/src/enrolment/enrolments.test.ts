import { epochOf, parseCinemaCode, parseWallClock, sm2Sm3 } from '@ticket-check/protocol';
import { keyPairOf } from '@ticket-check/runtime/testing';
import { inOneTransaction, mergeMigrations } from '@ticket-check/storage';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { createAccounts } from '../accounts/accounts.ts';
import { type AccountTables, accountMigrations } from '../accounts/migrations.ts';
import { formatEnrolment, parseEnrolment } from './enrol.ts';
import { createEnrolments, type EnrolmentTables, enrolmentMigrations } from './enrolments.ts';

const CINEMA = parseCinemaCode('31010001');
const MINUTE = 60_000;
const migrations = mergeMigrations(accountMigrations, enrolmentMigrations);

describeEachEngine('an enrolment', ({ open }) => {
  async function setUp() {
    const clock = { at: epochOf(parseWallClock('2026-11-26T10:00:00')) };
    const now = () => clock.at;
    const store = await open<AccountTables & EnrolmentTables>(migrations);
    const [{ publicKeyPem }, { publicKeyPem: otherPem }] = [await keyPairOf('door'), await keyPairOf('other')];
    const enrolments = createEnrolments(store, now);
    const redeem = (code: string, pem = publicKeyPem) =>
      inOneTransaction(store, (within) => createEnrolments(within, now).redeem(code, pem));
    const create = async (username: string) =>
      (await enrolments.create({ username, cinemaCodes: [CINEMA], by: 'anna' })).code;
    return { clock, store, accounts: createAccounts(store, now), create, redeem, publicKeyPem, otherPem };
  }

  it('issues one account to one key, also where two ask at once, and to the same key again where the answer was lost', async () => {
    const { accounts, create, redeem, publicKeyPem, otherPem } = await setUp();
    const code = await create('door-1');
    const both = await Promise.all([redeem(code), redeem(code, otherPem)]);
    const [won] = both.filter((one) => one !== null);
    expect(both.filter((one) => one === null)).toHaveLength(1);
    expect(won).toMatchObject({ username: 'door-1', cinemaCodes: [CINEMA], createdBy: 'anna', isRepeat: false });
    const [mine, others] = both[0] === null ? [otherPem, publicKeyPem] : [publicKeyPem, otherPem];
    expect(await redeem(code, mine)).toMatchObject({ username: 'door-1', isRepeat: true });
    expect(await redeem(code, others)).toBeNull();
    expect((await accounts.find('door-1'))?.keys).toHaveLength(1);
  });

  it('is listed until it is fetched, ends or is withdrawn, which makes its code void', async () => {
    const { clock, store, create, redeem } = await setUp();
    const enrolments = createEnrolments(store, () => clock.at);
    const names = async () => (await enrolments.pending()).map(({ username }) => username);
    const [fetched, withdrawn] = [await create('door-1'), await create('door-2')];
    await create('door-0');
    const pending = { username: 'door-2', cinemaCodes: [CINEMA], createdBy: 'anna', expiresAt: clock.at + 60 * MINUTE };
    expect(await names()).toEqual(['door-0', 'door-1', 'door-2']);
    expect(await enrolments.pending()).toContainEqual(pending);
    await redeem(fetched);
    expect(await enrolments.withdraw('door-2')).toEqual(pending);
    expect(await enrolments.withdraw('door-2')).toBeNull();
    // Its account is there by now.
    expect(await enrolments.withdraw('door-1')).toBeNull();
    expect(await redeem(withdrawn)).toBeNull();
    expect(await names()).toEqual(['door-0']);
    clock.at += 60 * MINUTE;
    expect(await names()).toEqual([]);
    expect(await enrolments.withdraw('door-0')).toBeNull();
  });

  it('is no good after an hour, once another was made for the name, or under another code; its code is nowhere', async () => {
    const { clock, store, accounts, create, redeem } = await setUp();
    const first = await create('door-1');
    const second = await create('door-1');
    expect(await redeem(first)).toBeNull();
    expect(await redeem('AAAAAAAAAAAAAAAAAAAAAA')).toBeNull();
    expect(JSON.stringify(await store.db.selectFrom('enrolment').selectAll().execute())).not.toContain(second);
    clock.at += 59 * MINUTE;
    await expect(redeem(second, 'no key')).rejects.toThrow();
    clock.at += MINUTE;
    expect(await redeem(second)).toBeNull();
    expect(await accounts.find('door-1')).toBeNull();
    const third = await create('door-2');
    expect(await store.db.selectFrom('enrolment').select('username').execute()).toEqual([{ username: 'door-2' }]);
    expect(await redeem(third)).not.toBeNull();
    const { code } = await createEnrolments(store, () => clock.at).create({
      ...{ username: 'door-3', cinemaCodes: [CINEMA], by: 'anna', algorithm: 'sm2-sm3' },
    });
    await expect(redeem(code)).rejects.toThrow('is an RSA key, but the algorithm is sm2-sm3');
    const pair = await sm2Sm3().generateKeyPair();
    await redeem(code, pair.publicKey.export({ type: 'spki', format: 'pem' }).toString());
    expect((await accounts.find('door-3'))?.keys[0]?.algorithm.name).toBe('sm2-sm3');
    await expect(create('door-2')).rejects.toThrow('exists already');
    await expect(create('<b>')).rejects.toThrow('cannot be used');
  });
});

it('is read from its text as it was written, and from no other', () => {
  const enrolment = {
    url: 'https://10.0.0.5:9000/tickets',
    username: 'door-1',
    code: 'a'.repeat(22),
    caFingerprint: 'b'.repeat(43),
    algorithm: 'rsa-md5',
  };
  for (const one of [enrolment, { ...enrolment, caFingerprint: null }, { ...enrolment, algorithm: 'sm2-sm3:a-user' }]) {
    expect(parseEnrolment(` ${formatEnrolment(one)}\n`)).toEqual(one);
  }
  const text = formatEnrolment(enrolment);
  for (const wrong of [
    '',
    'x',
    text.toUpperCase(),
    text.slice(0, -1),
    text.replace('https', 'http'),
    text.replace('as=door-1', 'as='),
    '{"Url":""}',
  ]) {
    expect(() => parseEnrolment(wrong)).toThrow('not the text of an enrolment');
  }
});
