import { randomBytes, randomUUID } from 'node:crypto';

/** What migrations draw by lot, table by table: a copy of a database gets its own. */
const DRAWN: Readonly<Record<string, () => string>> = {
  store_generation: () => `generation = '${randomUUID()}'`,
  record_id_secret: () => `secret = '${randomBytes(32).toString('hex')}'`,
};

/** The statements that draw again what the migrations of a database with these tables drew. */
export function drawAgain(tables: readonly string[]): string[] {
  return tables.flatMap((table) => {
    const draw = DRAWN[table];
    return draw === undefined ? [] : [`update ${table} set ${draw()}`];
  });
}
