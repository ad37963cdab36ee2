import { CamelCasePlugin, type KyselyPlugin } from 'kysely';

class ColumnNames extends CamelCasePlugin {
  override camelCase(name: string): string {
    return super.camelCase(name);
  }

  override snakeCase(name: string): string {
    return super.snakeCase(name);
  }

  override mapRow(row: Record<string, unknown>): Record<string, unknown> {
    return super.mapRow(row);
  }
}

/** camelCase in queries and rows, snake_case in the database. */
export const columnNames = new ColumnNames({ maintainNestedObjectKeys: true });

/** The same only in queries, for a driver that already returns such names: it renames a column once and not in each row. */
export const namesInQueries: KyselyPlugin = {
  transformQuery: (query) => columnNames.transformQuery(query),
  transformResult: async ({ result }) => result,
};
