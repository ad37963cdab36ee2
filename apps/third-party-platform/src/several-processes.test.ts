import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startBalancer } from '@ticket-check/runtime/testing';
import { startNationalPlatform } from '@ticket-check/simulators/peers/vitest';
import { describeBehindPooler } from '@ticket-check/storage/testing';
import { type RawBuilder, sql } from 'kysely';
import { expect, test } from 'vitest';
import { addOperator, createBrowser, withStore } from './testing/console-browser.ts';
import { CINEMA, makeUkey, OTHER_CINEMA } from './testing/test-cinema.ts';
import { ask, createSite, createTerminal } from './testing/test-platform.ts';

const ukey = makeUkey();

describeBehindPooler('two processes of a platform on one database', ({ url }) => {
  async function setUp() {
    const national = await startNationalPlatform();
    national.keys.set(CINEMA, [ukey.key]);
    const site = await createSite(await url());
    const other = await createSite(site.env.DATABASE_URL ?? '');
    await site.setUpstream({ ...national.bundle, CinemaCodes: [CINEMA] });
    const services = [await site.start(), await other.start()] as const;
    const bundle = await site.issue('terminal-1', `${CINEMA},${OTHER_CINEMA}`, services[0].url);
    const keysOf = async (service: (typeof services)[number]) =>
      ((await site.get(service, '/health', bundle)) as { keys: { cinemas: number; withoutKeys: string[] } }).keys;
    return { national, site, services, keysOf };
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
      }>`select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'store_process'`;
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
    await ask(sql`insert into job (name, owner, owned_until) values ('jobs', 'another', ${2 ** 52})`);
    await site.start();
    const atStart = await looks();
    await expect.poll(looks).toBeGreaterThan(atStart + 1);
    const [before, seen] = [await written(), await looks()];
    await expect.poll(looks).toBeGreaterThan(seen + 3);
    expect(await written()).toEqual(before);
  });

  test('wrong logins of a guest at both count together, and lock out no other guest of the balancer', async () => {
    const site = await createSite(await url());
    const other = await createSite(site.env.DATABASE_URL ?? '');
    for (const { env } of [site, other]) env.PROXY_ADDRESSES = '127.0.0.2';
    await addOperator(site, 'anna', 'supervisor');
    const services = [await site.start(), await other.start()];
    const consoleUrl = await startBalancer(services.map((service) => service.consoleUrl));
    const stranger = await createBrowser({ consoleUrl }, site, '127.0.0.5');
    const statuses: number[] = [];
    for (let n = 0; n < 8; n += 1) statuses.push((await stranger.logIn('anna', 'a wrong password')).status);
    expect(statuses.map((status) => status === 429)).toEqual([...Array(5).fill(false), ...Array(3).fill(true)]);
    const operator = await createBrowser({ consoleUrl }, site, '127.0.0.6');
    expect((await operator.logIn('anna')).path).toBe('/today');
    const begun = await withStore(site, ({ db }) => db.selectFrom('operatorSession').select('address').execute());
    expect(begun).toEqual([{ address: '127.0.0.6' }]);
  });

  test('keys are fetched by one of them, and by the other when that one ends', async () => {
    const { national, site, services, keysOf } = await setUp();
    const haveKeys = (cinemas: number) =>
      Promise.all(
        services.map(async (service) => expect.poll(() => keysOf(service)).toMatchObject({ cinemas, withoutKeys: [] })),
      );
    await haveKeys(1);
    national.keys.set(OTHER_CINEMA, [ukey.key]);
    expect(await site.command('cinema', 'add', OTHER_CINEMA)).toMatchObject({ exitCode: 0 });
    await haveKeys(2);
    expect(asksForKeys(national.asked)).toBe(2);
    await services[0].close();
    await national.until(() => asksForKeys(national.asked) === 4);
  });
});
