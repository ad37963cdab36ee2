import type pg from 'pg';
import { renewRandomValues } from './random-values.ts';

/** What has to be the same again in a copy of a database. */
export interface PostgresOriginal {
  /** A fingerprint of its catalogs, which changes with tables, functions, triggers, statistics and settings. */
  readonly shape: string;
  /** The names of its tables. */
  readonly tables: readonly string[];
  /** Its rows, of each table that has any. */
  readonly rows: ReadonlyMap<string, TableRows>;
  /** A sequence is not rolled back with the rows. */
  readonly hasSequences: boolean;
}

interface TableRows {
  readonly digest: string;
  /** A JSON array. */
  readonly json: string;
}

const CATALOGS = [
  'attrdef',
  'attribute',
  'class',
  'constraint',
  'index',
  'namespace',
  'proc',
  'statistic',
  'trigger',
  'type',
];

const SHAPE = `select concat_ws(' ',
  ${CATALOGS.map((name) => `(select concat(count(*), ':', max(xmin::text::bigint)) from pg_${name})`).join(',\n  ')},
  (select sum(reltuples) from pg_class),
  (select string_agg(setconfig::text, ' ' order by setrole) from pg_db_role_setting
   where setdatabase = (select oid from pg_database where datname = current_database()))
) as shape`;

/** The bytes that the planner assumes for a fresh table: ten pages of 8 KiB. */
const SMALL = 10 * 8192;

const USED = `select relname as "table", pg_table_size(oid) > ${SMALL} as "isLarge" from pg_class
  where relkind = 'r' and relnamespace = 'public'::regnamespace and pg_relation_size(oid) > 0`;

type Used = { table: string; isLarge: boolean };

export async function readOriginal(client: pg.Client): Promise<PostgresOriginal> {
  const relations = await ask<{ name: string; kind: string }>(
    client,
    `select relname as name, relkind as kind from pg_class where relnamespace = 'public'::regnamespace`,
  );
  const tables = relations.filter(({ kind }) => kind === 'r').map(({ name }) => name);
  const rows = new Map<string, TableRows>();
  for (const table of tables) {
    const [found] = await ask<TableRows & { count: number }>(
      client,
      `select ${DIGEST} as digest, count(*)::int, coalesce(json_agg(t), '[]')::text as json from "${table}" t`,
    );
    if (found !== undefined && found.count > 0) rows.set(table, found);
  }
  return { shape: await shapeOf(client), tables, rows, hasSequences: relations.some(({ kind }) => kind === 'S') };
}

const DIGEST = `md5(string_agg(t::text, chr(10) order by t::text))`;

/**
 * Makes a copy of an original equal to a fresh one, which has ids and secrets of its own.
 * @returns its shape from then on, or null if it cannot be made so.
 */
export async function resetCopy(client: pg.Client, original: PostgresOriginal, shape: string): Promise<string | null> {
  if (original.hasSequences || (await shapeOf(client)) !== shape) return null;
  const used = await ask<Used>(client, USED);
  const large = used.filter(({ isLarge }) => isLarge).map(({ table }) => table);
  const emptied = used.filter(({ table, isLarge }) => !isLarge && !original.rows.has(table)).map(({ table }) => table);
  const changed = await changedTables(client, original, large);
  await client.query(
    [
      'begin',
      // Tables that are only ever added to have triggers against this.
      'set local session_replication_role = replica',
      ...(large.length > 0 ? [`truncate ${large.map((table) => `"${table}"`).join(', ')}`] : []),
      ...[...emptied, ...changed.filter((table) => !large.includes(table))].map((table) => `delete from "${table}"`),
      ...changed.map((table) => {
        const json = client.escapeLiteral(original.rows.get(table)?.json ?? '[]');
        return `insert into "${table}" select * from json_populate_recordset(null::"${table}", ${json})`;
      }),
      ...renewRandomValues(original.tables),
      'commit',
    ].join(';\n'),
  );
  return large.length > 0 ? shapeOf(client) : shape;
}

/** The tables whose rows of the original are others now, or about to go. */
async function changedTables(
  client: pg.Client,
  { rows }: PostgresOriginal,
  gone: readonly string[],
): Promise<string[]> {
  if (rows.size === 0) return [];
  const digests = [...rows.keys()].map(
    (table) => `select '${table}' as "table", ${DIGEST} as digest from "${table}" t`,
  );
  const found = await ask<{ table: string; digest: string | null }>(client, digests.join(' union all '));
  return found
    .filter(({ table, digest }) => gone.includes(table) || digest !== rows.get(table)?.digest)
    .map(({ table }) => table);
}

async function shapeOf(client: pg.Client): Promise<string> {
  return (await ask<{ shape: string }>(client, SHAPE))[0]?.shape ?? '';
}

async function ask<R extends object>(client: pg.Client, statement: string): Promise<R[]> {
  return (await client.query<R & pg.QueryResultRow>(statement)).rows;
}
