import { join } from 'node:path';
import { createRetention, makeMonths, monthOf, monthsFrom, packMonths } from '@ticket-check/check-records';
import { parseWallClock, wallClockAt } from '@ticket-check/protocol';
import { withClient } from '@ticket-check/storage/testing/plain-connection';
import { readThirdPartySettings } from '@ticket-check/third-party-platform/config';
import { openDatabase, type ThirdPartyStore } from '@ticket-check/third-party-platform/database';
import { retentionRules } from '@ticket-check/third-party-platform/retention';
import type pg from 'pg';
import { machine, printTable, say, workDirectory } from './command-line.ts';

const CINEMAS = 300;
const A_STEP = 20_000;

/** Measures the bytes of a number of records at a third-party platform on a PostgreSQL server, and the purge of their month. */
export async function measurePurge(url: string, count: number): Promise<void> {
  const now = Date.now();
  await fillMonth(url, monthsFrom(monthOf(wallClockAt(now)), -38), count);
  say(`${machine()}; PostgreSQL; ${count} records of ${CINEMAS} cinemas in a month, each claimed and delivered`);
  await on(url, async (store, client) => {
    await printBytes(client, count);
    await timed('indexes rebuilt, as when the month is over', async () => {
      await packMonths(store, wallClockAt(now), new AbortController().signal);
      return {};
    });
    await printBytes(client, count);
    const retention = createRetention(store, retentionRules(settingsFor(url)));
    const terms = retention.terms(now, { at: wallClockAt(now) });
    await timed('dry run', () => retention.survey(terms));
    await timed('purge', () => retention.purge(terms, new AbortController().signal));
  });
}

async function timed(what: string, run: () => Promise<{ gone?: unknown; stayed?: unknown }>): Promise<void> {
  const startedAt = performance.now();
  const { gone, stayed } = await run();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  say(`${what}: ${seconds} s${gone === undefined ? '' : `, ${JSON.stringify({ gone, stayed })}`}`);
}

/** Fills a month (`2026-11`) of a third-party platform's database with a number of records, each claimed and delivered. */
export async function fillMonth(url: string, month: string, count: number): Promise<void> {
  await on(url, async (store, client) => {
    await store.transaction((trx) => makeMonths(trx, store.engine, parseWallClock(`${month}-15T12:00:00`)));
    await fill(client, month, count);
    await client.query('vacuum analyze');
    await client.query('checkpoint');
  });
}

async function on(url: string, work: (store: ThirdPartyStore, client: pg.Client) => Promise<void>): Promise<void> {
  const store = await openDatabase(settingsFor(url));
  await withClient(url, (client) => work(store, client)).finally(() => store.close());
}

function settingsFor(url: string) {
  return readThirdPartySettings({ DATABASE_URL: url, DATA_DIR: join(workDirectory(), 'data') });
}

/** Step by step, as claims, records and deliveries follow each other. */
async function fill(client: pg.Client, month: string, count: number): Promise<void> {
  await client.query(`
    create function pg_temp.sold(since bigint, until bigint, count bigint) returns table (n bigint, t timestamp, hex text) as $$
      select n, timestamp '${month}-01 06:00' + interval '28 days' * (n::float8 / count), md5(n::text)
      from generate_series(since, until - 1) n $$ language sql`);
  const text = `'YYYY-MM-DD"T"HH24:MI:SS'`;
  const id = `overlay(overlay(overlay(overlay(lpad(to_hex((extract(epoch from t - interval '8 hours') * 1000)::bigint), 12, '0')
    || '7' || substr(hex, 1, 3) || '9' || substr(hex, 4, 15) placing '-' from 9 for 0) placing '-' from 14 for 0)
    placing '-' from 19 for 0) placing '-' from 24 for 0)`;
  const sold = `(select n, t, hex, ${id} as id, (31000000 + (n * 7919) % ${CINEMAS})::text as cinema, n % 9 as screen,
    lpad(substr(translate(hex, 'abcdef', '123456'), 1, 16), 16, '0') as ticket,
    to_char(date_trunc('hour', t) + interval '30 minutes', ${text}) as start, to_char(t, ${text}) as at,
    to_char(t + interval '1 second', ${text}) as after from pg_temp.sold($1, $2, $3)) s`;
  for (let from = 0; from < count; from += A_STEP) {
    const range = [from, Math.min(from + A_STEP, count), count];
    await client.query(
      `insert into ticket_claim (start_time, cinema_code, film_ticket_code, record_id, check_time, gate, account, claimed_at, recorded)
       select start, cinema, ticket, id, at, 'gate-' || n % 4, 'terminal-' || cinema || '-' || screen, at, 1 from ${sold}`,
      range,
    );
    await client.query(
      `insert into check_record (record_id, identity, cinema_code, film_ticket_code, start_time, ticket_info_code, check_time,
         screen_code, screen_name, film_code, film_name, session_code, ticket_type, row_num, column_num, price, service, account, gate,
         received_at, differences, offline, decided_ms, forwarder_seconds)
       select id, left(md5(hex), 16), cinema, ticket, start,
         left(repeat(encode(sha256(hex::bytea), 'base64'), 4), 172), at, lpad(screen::text, 16, '0'), screen || '号激光厅',
         '0011' || lpad((n % 40)::text, 8, '0'), '流浪地球之回家', lpad(substr(start, 9, 2) || screen, 16, '0'), '网络售票', n % 20, n % 30,
         4500, 300, 'terminal-' || cinema || '-' || screen, 'gate-' || n % 4, after, '', 0, 40 + n % 900, 1 from ${sold}`,
      range,
    );
    await client.query(
      `insert into delivered_record (record_id, cinema_code, start_time, delivered_at, sent_at)
       select id, cinema, start, extract(epoch from t)::bigint, extract(epoch from t)::bigint from ${sold}`,
      range,
    );
  }
}

async function printBytes(client: pg.Client, count: number): Promise<void> {
  const { rows } = await client.query<{ name: string; heap: string; indexes: string }>(`
    select name, sum(pg_relation_size(part)) as heap, sum(pg_indexes_size(part)) as indexes
    from unnest(array['check_record', 'delivered_record', 'ticket_claim']) name, pg_partition_tree(name::regclass) tree,
      lateral (select tree.relid as part) p group by name order by name`);
  const table = printTable({ 'bytes a record': 20, table: 7, indexes: 8, 'in all': 7 });
  let total = 0;
  for (const { name, heap, indexes } of rows) {
    const [ofHeap, ofIndexes] = [Number(heap) / count, Number(indexes) / count];
    total += ofHeap + ofIndexes;
    table.row([name, ofHeap.toFixed(0), ofIndexes.toFixed(0), (ofHeap + ofIndexes).toFixed(0)]);
  }
  table.row(['in all', '', '', total.toFixed(0)]);
  const each = await client.query<{ name: string; bytes: string }>(`
    select regexp_replace(c.relname, '.*\\d\\d\\d\\d_\\d\\d_', '') as name, pg_relation_size(c.oid) as bytes from pg_class c
    where c.relkind = 'i' and c.relispartition and pg_relation_size(c.oid) > 100000 order by bytes desc`);
  for (const { name, bytes } of each.rows) say(`  index ${name}: ${(Number(bytes) / count).toFixed(0)}`);
}
