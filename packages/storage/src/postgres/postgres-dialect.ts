import {
  type BinaryOperationNode,
  CompiledQuery,
  type DatabaseConnection,
  type DialectAdapter,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresDialect,
  PostgresDriver,
  type PostgresPool,
  PostgresQueryCompiler,
  type QueryCompiler,
  sql,
  type TransactionSettings,
} from 'kysely';
import { longListOf } from '../long-lists.ts';
import type { TransactionScope } from '../transaction-scope.ts';
import { TurnQueue } from '../turn-queue.ts';
import { isUrgent } from '../urgency.ts';

/** How callers of a pool take turns. */
type Turns = {
  /** Connections reserved for what is urgent. */
  readonly kept: number;
  /** How long a caller waits for a connection before it is refused. */
  readonly longestMs: number;
  /** Begins a transaction around each statement. */
  readonly begin?: string;
};

type Pool = PostgresPool & { readonly options: { readonly max: number } };

const COMMIT = CompiledQuery.raw('commit');

type PostgresConnection = Parameters<PostgresDriver['releaseConnection']>[0];

/** Kysely's PostgreSQL dialect that refuses, as SQLite must, a second connection inside a transaction. */
export function postgresDialect(pool: Pool, scope: TransactionScope, turns: Turns): PostgresDialect {
  return new ScopedDialect(pool, scope, turns);
}

class ScopedDialect extends PostgresDialect {
  readonly #pool: Pool;
  readonly #scope: TransactionScope;
  readonly #turns: Turns;

  constructor(pool: Pool, scope: TransactionScope, turns: Turns) {
    super({ pool });
    this.#pool = pool;
    this.#scope = scope;
    this.#turns = turns;
  }

  override createDriver(): Driver {
    return new ScopedDriver(this.#pool, this.#scope, this.#turns);
  }

  override createAdapter(): DialectAdapter {
    return new TransactionLockAdapter();
  }

  override createQueryCompiler(): QueryCompiler {
    return new LongListsCompiler();
  }
}

class LongListsCompiler extends PostgresQueryCompiler {
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

/** Kysely's own. */
const MIGRATION_LOCK = 3853314791062309107n;

/**
 * Migrates under a lock that ends with the transaction. Behind a transaction pooler Kysely would release its session lock on
 * another connection, that is not at all, and the next process to open the database would wait for it.
 */
class TransactionLockAdapter extends PostgresAdapter {
  override async acquireMigrationLock(trx: Kysely<unknown>): Promise<void> {
    await sql`select pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(trx);
  }

  override async releaseMigrationLock(): Promise<void> {}
}

class ScopedDriver extends PostgresDriver {
  readonly #scope: TransactionScope;
  readonly #turns: TurnQueue;
  readonly #begin: string | undefined;
  #connections = 0;
  #whenUnused: (() => void) | undefined;

  constructor(pool: Pool, scope: TransactionScope, { kept, longestMs, begin }: Turns) {
    super({ pool });
    this.#begin = begin;
    this.#scope = scope;
    this.#turns = new TurnQueue(pool.options.max, kept, longestMs);
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    this.#scope.assertOutside();
    this.#connections += 1;
    try {
      await this.#turns.enter(isUrgent());
      return await this.#connect();
    } catch (error) {
      this.#leave();
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
    if (this.#begin !== undefined) await connection.executeQuery(COMMIT).catch(() => {});
    await super.releaseConnection(connection as PostgresConnection);
    this.#turns.leave();
    this.#leave();
  }

  // A pool that ends forgets those who wait for a connection, so it ends after them.
  override async destroy(): Promise<void> {
    if (this.#connections > 0) {
      await new Promise<void>((resolve) => {
        this.#whenUnused = resolve;
      });
    }
    await super.destroy();
  }

  async #connect(): Promise<DatabaseConnection> {
    try {
      const connection = await super.acquireConnection();
      if (this.#begin === undefined) return connection;
      try {
        await connection.executeQuery(CompiledQuery.raw(this.#begin));
        return connection;
      } catch (error) {
        await super.releaseConnection(connection as PostgresConnection);
        throw error;
      }
    } catch (error) {
      this.#turns.leave();
      throw error;
    }
  }

  #leave(): void {
    this.#connections -= 1;
    if (this.#connections === 0) this.#whenUnused?.();
  }
}
