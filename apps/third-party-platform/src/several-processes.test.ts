import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Upstream } from '@ticket-check/exchange';
import { connectTo } from '@ticket-check/exchange/testing';
import { readPublicKeysReply, SIGNED_STORE_EXTENSION } from '@ticket-check/protocol';
import { createLogger } from '@ticket-check/runtime';
import { startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { describeBehindPooler } from '@ticket-check/storage/testing';
import { type RawBuilder, sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { withStore } from './testing/console-browser.ts';
import { CINEMA, checkTicket, makeUkey, OTHER_CINEMA, sellTicket } from './testing/test-cinema.ts';
import { ask, createSite, createTerminal, ending, report } from './testing/test-platform.ts';

const ukey = makeUkey('2026-01-01T00:00:00');
const newUkey = makeUkey('2026-06-01T00:00:00');
const delivered = { kind: 'delivered', reply: { result: true, rejected: [], quarantined: [] } };
const PATIENT = { timeout: 20_000, interval: 20 };
const STORES = ['0198a000-0000-4000-8000-000000000001', '0198a000-0000-4000-8000-000000000002'] as const;

describeBehindPooler('two processes of a platform on one database', ({ url }) => {
  async function setUp(settings: Record<string, string> = {}) {
    const national = await startNationalPlatform();
    national.keys.set(CINEMA, [ukey.key]);
    const site = await createSite(await url(), settings);
    const other = await createSite(site.env.DATABASE_URL ?? '', settings);
    await site.setUpstream({ ...national.bundle, CinemaCodes: [CINEMA] });
    const lines: string[] = [];
    const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });
    const services = [await site.start(logger), await other.start(logger)] as const;
    const keysOf = async (service: (typeof services)[number]) =>
      ((await site.get(service, '/health', bundle)) as { keys: { cinemas: number; withoutKeys: string[] } }).keys;
    const bundle = await site.issue('terminal-1', `${CINEMA},${OTHER_CINEMA}`, services[0].url);
    const sold = () => {
      const ticket = sellTicket(ukey);
      national.sell(ticket.info);
      return checkTicket(ticket);
    };
    /** The same account at either of them. */
    const at = (index: 0 | 1, store: string | null = null) => {
      const terminal = connectTo(
        { ...bundle, Url: services[index].url },
        store === null
          ? { extensions: ['record-id'] }
          : { extensions: [SIGNED_STORE_EXTENSION], store: { generation: store, replaces: [] } },
      );
      onTestFinished(() => terminal.close());
      return terminal;
    };
    const fingerprintsAt = async (terminal: Upstream) => {
      const reply = await ask(terminal, 'GetPublicKeys', { CinemaCode: CINEMA });
      if (typeof reply === 'string') throw new Error(reply);
      return readPublicKeysReply(reply)
        .keys.map(({ fingerprint }) => fingerprint)
        .sort();
    };
    return { national, site, other, services, lines, bundle, keysOf, sold, at, fingerprintsAt };
  }

  const asksForKeys = (asked: readonly string[]) => asked.filter((api) => api === 'GetPublicKeys').length;

  test('certificates of both are of one CA, the one in the bundles, whichever was first', async () => {
    const site = await createSite(await url());
    const other = await createSite(site.env.DATABASE_URL ?? '');
    const own = await createSite(site.env.DATABASE_URL ?? '');
    for (const { directory } of [site, other]) await rm(join(directory, 'tls'), { recursive: true });
    const bundle = await site.issue('terminal-1', CINEMA, '');
    const services = [await other.start(), await site.start()];
    for (const { url: Url } of services) {
      const terminal = createTerminal({ ...bundle, Url });
      expect(await ask(terminal, 'GetPublicKeys', { CinemaCode: CINEMA })).toBe('KEYS_UNAVAILABLE');
    }
    // One that has a CA of its own, which callers may have pinned.
    await expect(own.start()).rejects.toThrow('another certificate authority than in the database');
  });

  test('one whose jobs another one has writes nothing', async () => {
    const site = await createSite(await url());
    const ask = <T>(query: RawBuilder<T>) => withStore(site, async ({ db }) => (await query.execute(db)).rows[0]);
    /** How often somebody has looked for jobs. */
    const looks = async () =>
      (await ask(sql<{ n: number }>`select seq_scan + idx_scan as n from pg_stat_user_tables where relname = 'job'`))
        ?.n ?? 0;
    /** Of each table, how many rows it has and who wrote or locked one last; but for that which the probe of the store writes. */
    const written = async () => {
      const tables = sql<{
        name: string;
      }>`select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'store_generation'`;
      const { rows } = await withStore(site, ({ db }) => tables.execute(db));
      const states = rows.map(
        ({ name }) => sql`
          select ${name}::text as name, count(*), max(xmin::text::bigint) as xmin, max(xmax::text::bigint) as xmax
          from ${sql.table(name)}`,
      );
      return (await withStore(site, ({ db }) => sql`${sql.join(states, sql` union all `)} order by 1`.execute(db)))
        .rows;
    };
    const first = await site.start();
    await first.close();
    await ask(sql`update job set owner = 'another', owned_until = ${2 ** 52}`);
    await site.start();
    const atStart = await looks();
    const patient = { ...PATIENT, timeout: 40_000 };
    await expect.poll(looks, patient).toBeGreaterThan(atStart + 1);
    const [before, seen] = [await written(), await looks()];
    await expect.poll(looks, patient).toBeGreaterThan(seen + 3);
    expect(await written()).toEqual(before);
  });

  test('keys are fetched by one of them, and by the other when that one ends', async () => {
    const { national, site, services, keysOf } = await setUp();
    const haveKeys = (cinemas: number) =>
      Promise.all(
        services.map(async (service) =>
          expect.poll(() => keysOf(service), PATIENT).toMatchObject({ cinemas, withoutKeys: [] }),
        ),
      );
    await haveKeys(1);
    national.keys.set(OTHER_CINEMA, [ukey.key]);
    expect(await site.command('cinema', 'add', OTHER_CINEMA)).toMatchObject({ exitCode: 0 });
    await haveKeys(2);
    expect(asksForKeys(national.asked)).toBe(2);
    await services[0].close();
    await national.until(() => asksForKeys(national.asked) === 4);
  });

  test('an account that misses a key gets it with its next question, at whichever of them it asks', async () => {
    const { national, site, other, at, fingerprintsAt } = await setUp({ KEY_FRESH_SECONDS: '10' });
    await site.keysStored();
    const terminals = [at(0), at(1)] as const;
    expect(await fingerprintsAt(terminals[0])).toEqual([ukey.key.fingerprint]);
    national.keys.set(CINEMA, [newUkey.key, ukey.key]);
    site.clock.ahead = 11_000;
    other.clock.ahead = 11_000;
    const both = [newUkey.key.fingerprint, ukey.key.fingerprint].sort();
    expect(await fingerprintsAt(terminals[1])).toEqual(both);
    expect(await fingerprintsAt(terminals[0])).toEqual(both);
    expect(asksForKeys(national.asked)).toBe(2);
  });

  test('terminals that ask repeatedly at both processes cause as few questions as at one', async () => {
    const { national, site, other, at, fingerprintsAt } = await setUp();
    await site.keysStored();
    const terminals = [at(0), at(1)] as const;
    await Promise.all(terminals.map(fingerprintsAt));
    const before = asksForKeys(national.asked);
    const startedAt = performance.now();
    for (let second = 1; second <= 60; second += 1) {
      site.clock.ahead = second * 1_000;
      other.clock.ahead = second * 1_000;
      await Promise.all(terminals.map(fingerprintsAt));
    }
    const asked = asksForKeys(national.asked) - before;
    // A burst of 20 is restored within a minute; the clocks go on while the test runs.
    const meanwhile = (performance.now() - startedAt) / 3000;
    expect(asked).toBeGreaterThan(30);
    expect(asked).toBeLessThanOrEqual(45 + meanwhile);
  });

  test('an account that is revoked or bound to a store at one is so at the other from the next request on', async () => {
    const { site, at } = await setUp();
    const [one, two] = [at(0, STORES[0]), at(1, STORES[1])];
    const askAs = (terminal: Upstream) => ask(terminal, 'GetPublicKeys', { CinemaCode: CINEMA });
    // The first answer says that a store may be named.
    for (const terminal of [one, two, one]) expect(await askAs(terminal)).toHaveProperty('PublicKeys');
    expect(await askAs(two)).toBe('ACCOUNT_IN_USE');
    expect(await site.command('account', 'rebind', 'terminal-1')).toMatchObject(
      ending(0, 'terminal-1 is bound to the next store that uses it. The one'),
    );
    expect(await askAs(two)).toHaveProperty('PublicKeys');
    expect(await askAs(one)).toBe('ACCOUNT_IN_USE');
    expect(await site.command('account', 'revoke', 'terminal-1')).toMatchObject({ exitCode: 0 });
    for (const terminal of [one, two]) expect(await askAs(terminal)).toBe('SIGNATURE_INVALID');
  });

  test('the last days are sent again once to a restored upstream that both have heard of', async () => {
    const { national, lines, sold, at } = await setUp();
    const terminals = [at(0), at(1)] as const;
    const records = Array.from({ length: 6 }, sold);
    for (const [n, record] of records.entries())
      expect(await report(terminals[n % 2]!, [record])).toMatchObject(delivered);
    await national.received(6);
    await national.stop();
    national.restore();
    await national.restart();
    const later = Array.from({ length: 6 }, sold);
    await Promise.all(later.map((record, n) => report(terminals[n % 2]!, [record])));
    const arrived = () => new Set(national.records.map(({ recordId }) => recordId));
    await national.until(() => arrived().size === 12);
    expect(lines.filter((line) => line.includes('upstream was restored: sending the last days again'))).toHaveLength(1);
  });
});
