import { CamelCasePlugin, type KyselyPlugin } from 'kysely';

class ColumnNames extends CamelCasePlugin {
  inJavaScript(name: string): string {
    return this.camelCase(name);
  }

  inDatabase(name: string): string {
    return this.snakeCase(name);
  }

  rowInJavaScript(row: Record<string, unknown>): Record<string, unknown> {
    return this.mapRow(row);
  }
}

const columnNames = new ColumnNames({ maintainNestedObjectKeys: true });

export const namesInQueriesAndRows: KyselyPlugin = columnNames;

/** camelCase only in queries, for a driver that already returns such names: it renames a column once and not in each row. */
export const namesInQueries: KyselyPlugin = {
  transformQuery: (query) => columnNames.transformQuery(query),
  transformResult: async ({ result }) => result,
};

export function inDatabase(name: string): string {
  return columnNames.inDatabase(name);
}

export function columnInJavaScript(name: string): string {
  return columnNames.inJavaScript(name);
}

export function inJavaScript(row: Record<string, unknown>): Record<string, unknown> {
  return columnNames.rowInJavaScript(row);
}
