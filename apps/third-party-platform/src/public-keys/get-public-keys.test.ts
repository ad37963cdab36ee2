// @module-tag service

import { connectTo } from '@ticket-check/exchange/testing';
import {
  addSeconds,
  type CinemaKey,
  getPublicKeysQueryJson,
  readPublicKeysReply,
  wallClockAt,
} from '@ticket-check/protocol';
import { startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, onTestFinished, test } from 'vitest';
import { CINEMA, makeUkey, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { ask, createSite, createTerminal } from '../testing/test-platform.ts';

const oldUkey = makeUkey('2026-01-01T00:00:00');
/** So new that the old one is still served. */
const newUkey = makeUkey(addSeconds(wallClockAt(Date.now()), -30 * 86_400));

const fingerprints = (keys: readonly CinemaKey[]) => keys.map(({ fingerprint }) => fingerprint).sort();

describeSqlite('GetPublicKeys for terminals', ({ url }) => {
  async function setUp(kind: 'extended' | 'plain' = 'extended', settings: Record<string, string> = {}) {
    const national = await startNationalPlatform({ kind });
    national.keys.set(CINEMA, [oldUkey.key]);
    const site = await createSite(await url(), settings);
    await site.setUpstream({ ...national.bundle, CinemaCodes: [CINEMA] });
    const service = await site.start();
    await site.keysStored();
    const now = () => Date.now() + site.clock.ahead;
    const bundle = await site.issue('terminal-1', `${CINEMA},${OTHER_CINEMA}`, service.url);
    const terminal = createTerminal(bundle, 'plain', now);
    const keysOf = async (cinemaCode = CINEMA) => {
      const reply = await ask(terminal, 'GetPublicKeys', getPublicKeysQueryJson(cinemaCode));
      return typeof reply === 'string' ? reply : fingerprints(readPublicKeysReply(reply).keys);
    };
    return { national, site, keysOf, terminal, bundle, now };
  }

  test.each(['extended', 'plain'] as const)(
    'keys are fetched at the start from a national platform that is %s, and served without asking it again',
    async (kind) => {
      const { national, keysOf } = await setUp(kind);
      expect(await keysOf()).toEqual(fingerprints([oldUkey.key]));
      expect(national.asked).toEqual(['GetPublicKeys']);
    },
  );

  test('an extended terminal hears with the keys what the cinema is called here', async () => {
    const { site, terminal, bundle, now } = await setUp();
    await site.command('cinema', 'name', CINEMA, '星河旗舰店');
    const extended = connectTo(bundle, { extensions: ['keys-refreshed'], now });
    onTestFinished(() => extended.close());
    expect(await ask(extended, 'GetPublicKeys', getPublicKeysQueryJson(CINEMA))).toMatchObject({
      CinemaName: '星河旗舰店',
    });
    expect(await ask(terminal, 'GetPublicKeys', getPublicKeysQueryJson(CINEMA))).not.toHaveProperty('CinemaName');
  });

  test('a terminal that asks again because a code does not open gets the key that came in between', async () => {
    const { national, site, keysOf } = await setUp('extended', { KEY_FRESH_SECONDS: '10' });
    expect(await keysOf()).toEqual(fingerprints([oldUkey.key]));
    national.keys.set(CINEMA, [newUkey.key, oldUkey.key]);
    expect(await keysOf()).toEqual(fingerprints([oldUkey.key]));
    site.clock.ahead = 11_000;
    expect(await keysOf()).toEqual(fingerprints([newUkey.key, oldUkey.key]));
  });

  test('a demand that the national platform leaves unanswered gets the keys that are here', async () => {
    const { national, site, keysOf } = await setUp('extended', { UPSTREAM_BUDGET_MS: '600' });
    await keysOf();
    national.hold();
    site.clock.ahead = 11_000;
    expect(await keysOf()).toEqual(fingerprints([oldUkey.key]));
    expect(national.asked).toEqual(['GetPublicKeys', 'GetPublicKeys']);
  });

  test('a cinema without keys is answered with KEYS_UNAVAILABLE, and with keys as soon as there are some', async () => {
    const { national, site, keysOf } = await setUp();
    expect(await keysOf(OTHER_CINEMA)).toBe('KEYS_UNAVAILABLE');
    expect(national.asked).toEqual(['GetPublicKeys']);
    national.keys.set(OTHER_CINEMA, [newUkey.key]);
    await site.command('cinema', 'add', OTHER_CINEMA);
    expect(await keysOf(OTHER_CINEMA)).toEqual(fingerprints([newUkey.key]));
  });
});
