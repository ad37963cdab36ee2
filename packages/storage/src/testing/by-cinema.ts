import pg from 'pg';
import { databaseIn, withClient } from './plain-connection.ts';

type Statement = { readonly text: string; readonly values: readonly unknown[] };
type Plan = { 'Relation Name'?: string; Plans?: Plan[] };

/** What was asked of each database that is partitioned by cinema, by its name. */
const asked = new Map<string, Statement[]>();
/** The statements of this process that were looked at. */
const seen = new Set<string>();
let isListening = false;
/** The names of empty databases whose tables a service is to find partitioned. */
const awaited = new Set<string>();

/**
 * Partitions every table that holds cinemas by a hash of their code: what distributed PostgreSQL does over servers. A table with a
 * unique key of all cinemas stays whole.
 */
export async function partitionByCinema(url: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(`
      select c.relname as name from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'cinema_code' and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and not exists (select 1 from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal)
        and not exists (
          select 1 from pg_index i where i.indrelid = c.oid and i.indisunique and not a.attnum = any (i.indkey::int2[])
        )`);
    for (const { name } of rows) {
      await client.query(`
        alter table ${name} rename to ${name}_whole;
        create table ${name} (like ${name}_whole including all) partition by hash (cinema_code);
        create table ${name}_even partition of ${name} for values with (modulus 2, remainder 0);
        create table ${name}_odd partition of ${name} for values with (modulus 2, remainder 1);
        insert into ${name} select * from ${name}_whole;
        drop table ${name}_whole`);
    }
  });
}

/** Has `migrateFreshService` partition the tables of an empty database. */
export function awaitService(url: string): void {
  awaited.add(databaseIn(url));
}

export const isAwaited = (url: string): boolean => awaited.delete(databaseIn(url));

/** Notes from now on what is asked of a database. */
export function noteStatements(url: string): void {
  asked.set(databaseIn(url), []);
  if (isListening) return;
  isListening = true;
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (this: pg.Client, ...given: unknown[]) {
    const [first, second] = given;
    const { text, values } =
      typeof first === 'string' ? { text: first, values: second } : (first as { text?: string; values?: unknown });
    const statements = asked.get(this.database ?? '');
    if (statements !== undefined && text !== undefined && !seen.has(text) && isToBeOfOne(text) && !isOfTest()) {
      seen.add(text);
      statements.push({ text, values: Array.isArray(values) ? values : [] });
    }
    return (query as (...args: unknown[]) => unknown).apply(this, given);
  } as typeof query;
}

/** A mark says what is meant to read all cinemas: `acrossCinemas`. */
function isToBeOfOne(text: string): boolean {
  const isOne = /^\s*(select|with|insert|update|delete)\b/i.test(text) && !text.endsWith('; commit');
  return isOne && !text.includes('/* all cinemas: ');
}

/** Whether the test itself asks, by the nearest function that belongs neither to a library nor to the store. */
function isOfTest(): boolean {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 60;
  const [, , ...frames] = new Error().stack?.split('\n').slice(1) ?? [];
  Error.stackTraceLimit = stackTraceLimit;
  const asking = frames.find(
    (frame) => /\.tsx?:/.test(frame) && !/node_modules|storage\/src\/(?!.*(\.test\.|\/testing\/))/.test(frame),
  );
  return asking !== undefined && /\.test\.|\/testing\//.test(asking);
}

/** @throws if a statement that was asked of this database for the first time goes to the partitions of several cinemas. */
export async function assertOneCinemaEach(url: string): Promise<void> {
  const statements = asked.get(databaseIn(url)) ?? [];
  asked.delete(databaseIn(url));
  if (statements.length === 0) return;
  await withClient(url, async (client) => {
    const crossing: string[] = [];
    for (const statement of statements) {
      const tables = await severalPartitions(client, statement);
      if (tables.length > 0) crossing.push(`${tables.join(', ')}: ${statement.text}`);
    }
    if (crossing.length > 0) throw new Error(`These statements go to all cinemas:\n${crossing.join('\n\n')}`);
  });
}

async function severalPartitions(client: pg.Client, { text, values }: Statement): Promise<string[]> {
  const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(`explain (format json) ${text}`, [...values]);
  const partitions = new Set(rows[0]?.['QUERY PLAN'].flatMap(({ Plan }) => relationsOf(Plan)));
  return [...partitions].flatMap((name) =>
    name.endsWith('_even') && partitions.has(name.replace(/even$/, 'odd')) ? [name.replace(/_even$/, '')] : [],
  );
}

function relationsOf(plan: Plan): string[] {
  const own = plan['Relation Name'];
  return [...(own === undefined ? [] : [own]), ...(plan.Plans ?? []).flatMap(relationsOf)];
}
