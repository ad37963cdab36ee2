import { type RawBuilder, sql } from 'kysely';

/** Makes a condition for joins: whether rows of two tables agree in these columns. */
export function sameColumns(columns: object): (table: string, other: string) => RawBuilder<boolean> {
  return (table, other) => {
    const equal = (column: string) => sql`${sql.ref(`${table}.${column}`)} = ${sql.ref(`${other}.${column}`)}`;
    return sql<boolean>`${sql.join(Object.keys(columns).map(equal), sql` and `)}`;
  };
}
