import {
  createHash,
  generateKeyPairSync,
  type KeyObject,
  type KeyPairKeyObjectResult,
  randomBytes,
  sign,
} from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { expect, it, test } from 'vitest';
import { type PeopleTables, peopleMigrations, peopleOf } from '../testing/people.ts';
import { createPasskeys, rpIdOf } from './passkeys.ts';

test.each([
  ['console.example:9443', 'console.example'],
  ['LOCALHOST', 'localhost'],
  ['127.0.0.1:9443', null],
  ['[::1]:9443', null],
  ['a b', null],
  ['[', null],
  ['localhost:x', null],
  ['', null],
])('passkeys at %j are bound to %j', (host, rpId) => {
  expect(rpIdOf(host)).toBe(rpId);
});

describeEachEngine('a passkey', (engine) => {
  async function setUp() {
    const store = await engine.open<PeopleTables>(peopleMigrations);
    const people = peopleOf(store);
    await people.add('anna');
    return { people, passkeys: createPasskeys(store, people.now) };
  }

  it('is added by the session that it was offered to, while that goes on', async () => {
    const { people, passkeys } = await setUp();
    async function made(host = 'localhost:9443') {
      const session = await people.beginSession('anna');
      const { challenge } = await passkeys.offer('anna', { session, host, site: 'test' });
      const added = { session, host, name: 'key', credential: credentialFor(challenge, host) };
      return { add: () => passkeys.add('anna', added) };
    }
    const reset = await made();
    await people.secondFactors.reset('anna');
    expect(await reset.add()).toBeNull();
    const ended = await made();
    await people.operators.endSessions('anna');
    expect(await ended.add()).toBeNull();
    expect(await (await made('192.0.2.1:9443')).add()).toBeNull();
    expect(await passkeys.list('anna')).toEqual([]);
    expect(await people.secondFactors.state('anna')).toMatchObject({ recoveryCodes: 0 });
    expect((await (await made()).add())?.recoveryCodes).toHaveLength(10);
    expect(await passkeys.list('anna')).toMatchObject([{ name: 'key', origin: 'https://localhost:9443' }]);
  });

  it('lets nobody in by a signature for another port of the host, whatever host the request names', async () => {
    const { people, passkeys } = await setUp();
    const [host, other] = ['localhost:9443', 'localhost:9999'];
    const session = await people.beginSession('anna');
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { challenge } = await passkeys.offer('anna', { session, host, site: 'test' });
    await passkeys.add('anna', { session, host, name: 'key', credential: credentialFor(challenge, host, key) });
    const [{ id } = { id: '' }] = await passkeys.list('anna');
    const shown = async (at: string) => {
      const asked = await passkeys.ask('anna', { step: 'step', host });
      return { step: 'step', credential: assertionFor(asked?.challenge ?? '', at, { id, ...key }) };
    };
    expect(await passkeys.ask('anna', { step: 'step', host: other })).toBeNull();
    expect(await passkeys.use('anna', await shown(other))).toBe(false);
    expect(await passkeys.use('anna', await shown(host))).toBe(true);
  });
});

const sha256 = (data: string) => createHash('sha256').update(data).digest();
const clientData = (type: string, challenge: string, host: string) =>
  JSON.stringify({ type: `webauthn.${type}`, challenge, origin: `https://${host}`, crossOrigin: false });

/** What a browser sends that has shown a passkey at a host. */
function assertionFor(challenge: string, host: string, { id, privateKey }: { id: string; privateKey: KeyObject }) {
  const clientDataJSON = clientData('get', challenge, host);
  const authenticatorData = Buffer.concat([sha256(rpIdOf(host) ?? ''), Buffer.from([5, 0, 0, 0, 0])]);
  const signature = sign('sha256', Buffer.concat([authenticatorData, sha256(clientDataJSON)]), privateKey);
  return JSON.stringify({
    ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
    response: {
      clientDataJSON: Buffer.from(clientDataJSON).toString('base64url'),
      authenticatorData: authenticatorData.toString('base64url'),
      signature: signature.toString('base64url'),
    },
  });
}

/** What a browser sends that has made a passkey without attestation, ES256. */
function credentialFor(
  challenge: string,
  host: string,
  { publicKey }: KeyPairKeyObjectResult = generateKeyPairSync('ec', { namedCurve: 'P-256' }),
): string {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const key = new Map<number, number | Uint8Array>()
    .set(1, 2)
    .set(3, -7)
    .set(-1, 1)
    .set(-2, new Uint8Array(Buffer.from(x, 'base64url')))
    .set(-3, new Uint8Array(Buffer.from(y, 'base64url')));
  const id = randomBytes(32);
  // Present, verified, and with a key; then the counter, the maker of the device and the length of the id.
  const head = Buffer.concat([Buffer.from([0x45]), Buffer.alloc(4), Buffer.alloc(16), Buffer.from([0, id.length])]);
  const authData = Buffer.concat([sha256(rpIdOf(host) ?? ''), head, id, isoCBOR.encode(key)]);
  const attestation = new Map<string, unknown>()
    .set('fmt', 'none')
    .set('attStmt', new Map())
    .set('authData', new Uint8Array(authData));
  return JSON.stringify({
    ...{ id: id.toString('base64url'), rawId: id.toString('base64url') },
    ...{ type: 'public-key', clientExtensionResults: {} },
    response: {
      clientDataJSON: Buffer.from(clientData('create', challenge, host)).toString('base64url'),
      attestationObject: Buffer.from(isoCBOR.encode(attestation as never)).toString('base64url'),
      transports: ['usb'],
    },
  });
}
