import {
  type BinaryOperationNode,
  type Dialect,
  type Driver,
  type Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { longListOf } from '../rows-as-table.ts';

/** Kysely's SQLite dialect over a thread. */
export function sqliteDialect(driver: Driver): Dialect {
  return {
    createDriver: () => driver,
    createQueryCompiler: () => new LongListsCompiler(),
    createAdapter: () => new QueuelessAdapter(),
    createIntrospector: (kysely: Kysely<unknown>) => new SqliteIntrospector(kysely),
  };
}

class QueuelessAdapter extends SqliteAdapter {
  // The driver has a queue of its own: Kysely's wakes everyone who waits whenever it is somebody's turn.
  override get supportsMultipleConnections(): true {
    return true;
  }
}

class LongListsCompiler extends SqliteQueryCompiler {
  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const list = longListOf(node);
    if (list === null) {
      super.visitBinaryOperation(node);
      return;
    }
    this.visitNode(node.leftOperand);
    this.append(` ${list.operator} (select value from json_each(`);
    this.appendValue(JSON.stringify(list.values));
    this.append('))');
  }
}
