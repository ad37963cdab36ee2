import { CamelCasePlugin } from 'kysely';

class ColumnNames extends CamelCasePlugin {
  inDatabase(name: string): string {
    return this.snakeCase(name);
  }

  rowInJavaScript(row: Record<string, unknown>): Record<string, unknown> {
    return this.mapRow(row);
  }
}

const columnNames = new ColumnNames({ maintainNestedObjectKeys: true });

/** camelCase as snake_case. */
export function inDatabase(name: string): string {
  return columnNames.inDatabase(name);
}

/** A row of the database under camelCase names. */
export function inJavaScript(row: Record<string, unknown>): Record<string, unknown> {
  return columnNames.rowInJavaScript(row);
}
