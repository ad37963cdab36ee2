import type { PostgresPoolClient } from 'kysely';
import pg from 'pg';
import { storeFault } from '../store-fault.ts';
import type { Outage } from './outage.ts';
import { PreparedNames } from './prepared-names.ts';
import { type Ask, type Committed, REACHED, type ServerWatch } from './server-watch.ts';

/** A statement outside a transaction that is one. Those of jobs, every few seconds, let an idle process know how far the server is. */
const WRITES = /^\s*(insert into|update|delete from|merge into)\b|^\s*with\b.*\b(insert|update|delete|merge)\b/is;

/** A pool whose connections lead to a server that was judged, and whose commits are remembered before they are acknowledged. */
export function watchedPool(pool: pg.Pool, watch: ServerWatch, outage: Outage) {
  const names = new PreparedNames();
  const watched = new WeakMap<pg.PoolClient, PostgresPoolClient>();

  async function meet(client: pg.PoolClient): Promise<void> {
    try {
      await watch.meet(askOn(client));
    } catch (error) {
      // A connection to a standby would survive its promotion.
      client.release(true);
      throw error;
    }
  }

  return {
    options: pool.options,
    end: () => pool.end(),
    async connect(): Promise<PostgresPoolClient> {
      const client = await pool.connect();
      const before = watched.get(client);
      if (watch.isWatching() && (before === undefined || !watch.isSure())) await meet(client);
      if (before !== undefined) return before;
      const next = watchedClient(client, watch, outage, names);
      watched.set(client, next);
      return next;
    },
  };
}

function watchedClient(
  client: pg.PoolClient,
  watch: ServerWatch,
  outage: Outage,
  names: PreparedNames,
): PostgresPoolClient {
  let isInTransaction = false;
  const ask = (text: string, values: readonly unknown[]) => client.query(names.queryOf(text, values));

  async function run(text: string, values: readonly unknown[]) {
    if (!watch.isWatching()) return ask(text, values);
    if (text === 'commit') {
      const remember = watch.committing();
      const [reached, done] = (await client.query(`${REACHED}; commit`)) as unknown as pg.QueryResult[];
      await remember(reached?.rows[0] as Committed, askOn(client));
      return done;
    }
    if (isInTransaction || !WRITES.test(text)) return ask(text, values);
    const remember = watch.committing();
    const [done, reached] = await inOneTransaction(client, names.queryOf(text, values));
    await remember(reached?.rows[0] as Committed, askOn(client));
    return done;
  }

  const query = async (text: string, values: readonly unknown[]) => {
    const opens = /^(begin|start transaction)\b/.test(text);
    if (opens) isInTransaction = true;
    else if (text === 'commit' || text === 'rollback') isInTransaction = false;
    const noteAnswer = outage.asking();
    try {
      const result = await run(text, values);
      noteAnswer();
      return result;
    } catch (error) {
      outage.failed(error);
      names.noteError(error, text);
      if (storeFault(error) !== null) watch.doubt();
      throw error;
    }
  };
  const release = (destroy?: boolean) => client.release(destroy);
  return { query, release } as unknown as PostgresPoolClient;
}

/** The messages of PostgreSQL's protocol that a query is made of; its types leave them out. */
type Protocol = {
  parse(message: { text: string; name: string }): void;
  bind(message: { portal: string; statement: string; values: unknown[] }): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(message: { portal: string }): void;
  sync(): void;
};

/** A statement with `REACHED` behind it in one message: without a transaction around them, they are one. */
class AndReached extends pg.Query {
  _getRows(connection: Protocol): void {
    connection.execute({ portal: '' });
    connection.parse({ text: REACHED, name: '' });
    connection.bind({ portal: '', statement: '', values: [] });
    connection.describe({ type: 'P', name: '' });
    connection.execute({ portal: '' });
    connection.sync();
  }
}

function inOneTransaction(client: pg.PoolClient, query: pg.QueryConfig): Promise<pg.QueryResult[]> {
  return new Promise((resolve, reject) => {
    const asked = { ...query, queryMode: 'extended' };
    const answered = (error: Error | null, results: unknown) =>
      error === null ? resolve(results as pg.QueryResult[]) : reject(error);
    client.query(new (AndReached as unknown as new (...given: unknown[]) => pg.Query)(asked, undefined, answered));
  });
}

function askOn(client: pg.PoolClient): Ask {
  return async (statement, values = []) => (await client.query(statement, [...values])).rows;
}
