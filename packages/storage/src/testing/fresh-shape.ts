import { isSqliteUrl } from '../sqlite/sqlite-url.ts';
import { connect } from './plain-connection.ts';
import { ENCRYPTION_KEY } from './migrated-databases.ts';

/** Tables, columns, types, defaults, constraints, indexes, triggers and functions of a database, in an order of their own. */
export async function freshShapeOf(url: string): Promise<string> {
  const { rows, close } = await connect({ url, encryptionKey: ENCRYPTION_KEY });
  const lines = (found: Record<string, unknown>[]) => found.map((row) => Object.values(row).join(' | '));
  try {
    if (isSqliteUrl(url)) {
      const schema = await rows("select type, name, sql from sqlite_schema where sql is not null and name not like 'sqlite_%'");
      const tables = schema
        .filter(({ type }) => type === 'table')
        .flatMap(({ name, sql }) => partsOf(String(sql)).map((part) => `${name}: ${part}`));
      const rest = schema.filter(({ type }) => type !== 'table').map(({ sql }) => plain(String(sql)));
      const stat = await rows("select tbl, idx, stat from sqlite_stat1");
      return [...tables, ...rest, ...lines(stat)].filter((line) => !line.includes('kysely_')).sort().join('\n');
    }
    const found = [
      ...lines(
        await rows(`select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns
          where table_schema = 'public'`),
      ),
      ...lines(
        await rows(`select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
          where connamespace = 'public'::regnamespace and contype <> 'n'`),
      ),
      ...lines(await rows(`select indexdef from pg_indexes where schemaname = 'public'`)),
      ...lines(await rows(`select pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace`)),
      ...lines(
        await rows(`select pg_get_triggerdef(pg_trigger.oid) from pg_trigger join pg_class on pg_class.oid = tgrelid
          where relnamespace = 'public'::regnamespace and not tgisinternal`),
      ),
    ];
    return found.map(plain).filter((line) => !line.includes('kysely_')).sort().join('\n');
  } finally {
    await close();
  }
}

const plain = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

/** What stands between the outermost parentheses, by comma, and what follows them. */
function partsOf(sql: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const character of sql.slice(sql.indexOf('('))) {
    if (character === ')') depth--;
    if ((character === ',' && depth === 1) || (character === ')' && depth === 0)) {
      parts.push(plain(part));
      part = '';
    } else if (depth > 0) part += character;
    else if (character !== '(') part += character;
    if (character === '(') depth++;
  }
  return [...parts, plain(part)].filter((each) => each !== '').sort();
}

/** Without what SQLite keeps of how a statement was written: case, quotes, and the order of what is said of a column. */
export function comparable(shape: string): string {
  return shape
    .toLowerCase()
    .replaceAll('"', '')
    .replaceAll("default '' not null", "not null default ''")
    .split('\n')
    .sort()
    .join('\n');
}
