import {
  type BinaryOperationNode,
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresDriver,
  PostgresIntrospector,
  type PostgresPool,
  PostgresQueryCompiler,
  type TransactionSettings,
} from 'kysely';
import { commentFor } from '../across-cinemas.ts';
import { longListOf, pruned } from '../rows-as-table.ts';
import type { TransactionScope } from '../transaction-scope.ts';
import { type EndTurn, Turns, type TurnsDriver, urgentDriver } from '../turns.ts';

type TurnsOfPool = {
  readonly kept: number;
  /** How long a caller waits for a connection before it is refused. */
  readonly longestMs: number;
  readonly failed: (error: unknown) => void;
  /** Of reports: begins a transaction around each statement, which may read all cinemas. */
  readonly begin?: string;
};

type Pool = PostgresPool & { readonly options: { readonly max: number } };

const COMMIT = CompiledQuery.raw('commit');

type PostgresConnection = Parameters<PostgresDriver['releaseConnection']>[0];

/** Kysely's PostgreSQL dialects over one pool, which refuse, as SQLite must, a second connection inside a transaction. */
export function postgresDialects(pool: Pool, scope: TransactionScope, turns: TurnsOfPool) {
  const driver = new ScopedDriver(pool, scope, turns);
  const dialectOf = (its: Driver): Dialect => ({
    createDriver: () => its,
    createQueryCompiler: () => new PruningCompiler(turns.begin === undefined ? '' : `${commentFor('report')} `),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  });
  return { dialect: dialectOf(driver), urgentDialect: dialectOf(urgentDriver(driver)) };
}

class PruningCompiler extends PostgresQueryCompiler {
  readonly #mark: string;

  constructor(mark: string) {
    super();
    this.#mark = mark;
  }

  override compileQuery(...of: Parameters<PostgresQueryCompiler['compileQuery']>): CompiledQuery {
    const query = super.compileQuery(...of);
    return { ...query, sql: this.#mark + pruned(query.sql) };
  }

  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const list = longListOf(node);
    if (list === null) {
      super.visitBinaryOperation(node);
      return;
    }
    this.visitNode(node.leftOperand);
    this.append(list.operator === 'in' ? ' = any(' : ' <> all(');
    this.appendValue(list.values);
    this.append(typeof list.values[0] === 'number' ? '::bigint[])' : '::text[])');
  }
}

class ScopedDriver extends PostgresDriver implements TurnsDriver {
  readonly #scope: TransactionScope;
  /** What is urgent may take every connection, and all else those that are not reserved; the pool keeps their order. */
  readonly #urgent: Turns;
  readonly #others: Turns;
  readonly #of: TurnsOfPool;
  readonly #endTurn = new WeakMap<DatabaseConnection, EndTurn>();

  constructor(pool: Pool, scope: TransactionScope, of: TurnsOfPool) {
    super({ pool });
    this.#of = of;
    this.#scope = scope;
    this.#urgent = new Turns(pool.options.max, of.longestMs);
    this.#others = new Turns(pool.options.max - of.kept, of.longestMs);
  }

  override acquireConnection(): Promise<DatabaseConnection> {
    return this.acquire(false);
  }

  async acquire(urgent: boolean): Promise<DatabaseConnection> {
    this.#scope.assertOutside();
    let endTurn: EndTurn | undefined;
    try {
      endTurn = await (urgent ? this.#urgent : this.#others).take(urgent);
      const connection = await this.#connect();
      this.#endTurn.set(connection, endTurn);
      return connection;
    } catch (error) {
      endTurn?.();
      this.#of.failed(error);
      throw error;
    }
  }

  /** Read committed, whatever the database's default: a transaction that waited for a lock sees what its holder committed. */
  override beginTransaction(connection: PostgresConnection, settings: TransactionSettings): Promise<void> {
    return super.beginTransaction(connection, {
      ...settings,
      isolationLevel: settings.isolationLevel ?? 'read committed',
    });
  }

  override async releaseConnection(connection: DatabaseConnection): Promise<void> {
    // If that fails, the connection is lost and the statement has failed already.
    if (this.#of.begin !== undefined) await connection.executeQuery(COMMIT).catch(() => {});
    await super.releaseConnection(connection as PostgresConnection);
    this.#endTurn.get(connection)?.();
  }

  // A pool that ends forgets those who wait for a connection, so it ends after them.
  override async destroy(): Promise<void> {
    await Promise.all([this.#urgent.idle(), this.#others.idle()]);
    await super.destroy();
  }

  async #connect(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    if (this.#of.begin === undefined) return connection;
    try {
      await connection.executeQuery(CompiledQuery.raw(this.#of.begin));
      return connection;
    } catch (error) {
      await super.releaseConnection(connection as PostgresConnection);
      throw error;
    }
  }
}
