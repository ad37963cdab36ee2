import { randomBytes, randomUUID } from 'node:crypto';

/** The random values that migrations write, table by table: a copy of a database gets its own. */
const RANDOM: Readonly<Record<string, () => string>> = {
  store_generation: () => `generation = '${randomUUID()}'`,
  record_id_secret: () => `secret = '${randomBytes(32).toString('hex')}'`,
};

/** The statements that give a database with these tables random values of its own in place of those that its migrations wrote. */
export function renewRandomValues(tables: readonly string[]): string[] {
  return tables.flatMap((table) => {
    const value = RANDOM[table];
    return value === undefined ? [] : [`update ${table} set ${value()}`];
  });
}
