import Database from 'better-sqlite3';
import pg from 'pg';
import { isSqliteUrl, parseSqliteUrl } from '../sqlite/sqlite-url.ts';

/** A database to dump or to load: its URL, and its key where it is SQLite. */
export interface DumpTarget {
  readonly url: string;
  readonly encryptionKey: string;
}

type Row = Record<string, unknown>;

/** A connection that knows SQL and nothing of our own stores. */
interface Connection {
  rows(sql: string): Promise<Row[]>;
  run(sql: string): Promise<unknown>;
  /** The names of its tables. */
  tables(): Promise<string[]>;
  close(): Promise<unknown>;
}

/** Opens a database as it is. */
export async function connect({ url, encryptionKey }: DumpTarget): Promise<Connection> {
  if (isSqliteUrl(url)) {
    const db = new Database(parseSqliteUrl(url));
    db.pragma(`cipher='sqlcipher'`);
    db.pragma(`key="x'${encryptionKey}'"`);
    return {
      rows: async (sql) => db.prepare(sql).all() as Row[],
      run: async (sql) => db.exec(sql),
      tables: async () => db.prepare("select name from sqlite_schema where type = 'table'").pluck().all() as string[],
      close: async () => db.close(),
    };
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    rows: async (sql) => (await client.query(sql)).rows,
    run: (sql) => client.query(sql),
    tables: async () => {
      const { rows } = await client.query("select tablename as name from pg_tables where schemaname = 'public'");
      return rows.map(({ name }) => name);
    },
    close: () => client.end(),
  };
}

/** Runs a dump on an empty database. */
export async function loadDump(target: DumpTarget, dump: string): Promise<void> {
  const connection = await connect(target);
  try {
    await connection.run(dump);
  } finally {
    await connection.close();
  }
}

/**
 * How many rows a dump has of each table, without what tells of the migrations themselves.
 * @param renamed what tables are called now that had another name
 */
export function rowCounts(dump: string, renamed: Readonly<Record<string, string>> = {}): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, table = ''] of dump.matchAll(/^insert into "(\w+)"/gm)) {
    if (table.startsWith('kysely_')) continue;
    const name = renamed[table] ?? table;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** What a dump says of tables, indexes and triggers. */
export function shapeOf(dump: string): string {
  return dump.slice(0, dump.indexOf('\ninsert into '));
}

/** The ids and secrets of a dump, which no other database has. */
export function randomValuesOf(dump: string): string[] {
  return [...dump.matchAll(/'([0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})'/g)].map(
    ([, value = '']) => value,
  );
}

/** The names of the migrations that the database of a dump has taken. */
export function migrationsOf(dump: string): string[] {
  return [...dump.matchAll(/^insert into "kysely_migration" .* values \('([^']+)'/gm)].map(([, name = '']) => name);
}

/** A database as SQL text: its tables, indexes and triggers, and one `insert` a row in the order of their text. */
export async function dumpDatabase(target: DumpTarget): Promise<string> {
  const connection = await connect(target);
  try {
    const shape = isSqliteUrl(target.url) ? await sqliteShape(connection) : await postgresShape(connection);
    const lines = [...shape.statements];
    for (const { table, columns } of shape.tables) lines.push(...(await insertsOf(connection, table, columns)));
    return `${lines.join('\n')}\n`;
  } finally {
    await connection.close();
  }
}

interface Shape {
  readonly statements: string[];
  readonly tables: { table: string; columns: string[] }[];
}

async function sqliteShape({ rows }: Connection): Promise<Shape> {
  const schema = await rows(
    `select type, name, sql from sqlite_schema where sql is not null and name not like 'sqlite_%'
     order by case type when 'table' then 1 when 'index' then 2 else 3 end, name`,
  );
  const tables = await Promise.all(
    schema
      .filter(({ type }) => type === 'table')
      .map(async ({ name }) => ({
        table: String(name),
        columns: (await rows(`pragma table_info("${name}")`)).map((column) => String(column.name)),
      })),
  );
  return { statements: schema.map(({ sql }) => `${sql};`), tables };
}

async function postgresShape({ rows }: Connection): Promise<Shape> {
  const columns = await rows(
    `select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
     where table_schema = 'public' order by table_name, ordinal_position`,
  );
  const constraints = await rows(
    `select conrelid::regclass::text as table_name, conname, pg_get_constraintdef(oid) as definition from pg_constraint
     where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'c') order by 1, 2`,
  );
  const indexes = await rows(
    `select indexdef from pg_indexes where schemaname = 'public'
     and indexname not in (select conname from pg_constraint) order by indexname`,
  );
  const functions = await rows(
    `select pg_get_functiondef(oid) as definition from pg_proc where pronamespace = 'public'::regnamespace order by proname`,
  );
  const triggers = await rows(
    `select pg_get_triggerdef(pg_trigger.oid) as definition from pg_trigger join pg_class on pg_class.oid = tgrelid
     where relnamespace = 'public'::regnamespace and not tgisinternal order by 1`,
  );
  const tables = [...Map.groupBy(columns, ({ table_name }) => String(table_name))];
  const creations = tables.map(([table, own]) => {
    const lines = own.map(({ column_name, data_type, is_nullable, column_default }) => {
      const rest = `${column_default === null ? '' : ` default ${column_default}`}${is_nullable === 'NO' ? ' not null' : ''}`;
      return `  "${column_name}" ${data_type}${rest}`;
    });
    const rules = constraints
      .filter(({ table_name }) => table_name === table)
      .map(({ conname, definition }) => `  constraint "${conname}" ${definition}`);
    return `create table "${table}" (\n${[...lines, ...rules].join(',\n')}\n);`;
  });
  return {
    statements: [
      ...creations,
      ...indexes.map(({ indexdef }) => `${indexdef};`),
      ...[...functions, ...triggers].map(({ definition }) => `${definition};`),
    ],
    tables: tables.map(([table, own]) => ({ table, columns: own.map(({ column_name }) => String(column_name)) })),
  };
}

async function insertsOf({ rows }: Connection, table: string, columns: string[]): Promise<string[]> {
  const names = columns.map((name) => `"${name}"`).join(', ');
  const found = await rows(`select ${names} from "${table}"`);
  return found
    .map((row) => `insert into "${table}" (${names}) values (${columns.map((name) => literal(row[name])).join(', ')});`)
    .sort();
}

/** Numbers that do not fit one of JavaScript come out of PostgreSQL as text, which it takes back as a number. */
function literal(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  throw new TypeError(`a dump holds texts and whole numbers, not ${typeof value}`);
}
