import type { PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import { storeFault } from '../store-fault.ts';
import type { Outage } from './outage.ts';
import { type Ask, COMMITTED, type Committed, type ServerWatch } from './server-watch.ts';

/** A statement outside a transaction that is one, but for jobs: one that is lost is taken again. */
const WRITES =
  /^\s*(insert into|update|delete from|merge into)\b(?! job\b)|^\s*with\b.*\b(insert|update|delete|merge)\b/is;

/** A pool whose connections lead to a server that was judged, and whose commits are remembered before they are acknowledged. */
export function watchedPool(pool: pg.Pool, watch: ServerWatch, outage: Outage) {
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
      const next = watchedClient(client, watch, outage);
      watched.set(client, next);
      return next;
    },
  };
}

function watchedClient(client: pg.PoolClient, watch: ServerWatch, outage: Outage): PostgresPoolClient {
  let isInTransaction = false;

  async function run(text: string, values: readonly unknown[]) {
    if (text === 'commit' && watch.isWatching()) {
      const remember = watch.committing();
      const [done, reached] = (await client.query(`commit; ${COMMITTED}`)) as unknown as pg.QueryResult[];
      // So PostgreSQL answers the commit of a transaction in which a statement had failed.
      if (done?.command === 'ROLLBACK')
        throw new Error('A statement of this transaction had failed: it was rolled back.');
      remember(reached?.rows[0] as Committed);
      return done;
    }
    const result = await client.query(text, [...values]);
    if (!isInTransaction && watch.isWatching() && WRITES.test(text)) {
      const remember = watch.committing();
      const { rows } = await client.query<Committed>(COMMITTED);
      remember(rows[0] as Committed);
    }
    return result;
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
      if (storeFault(error) !== null) watch.doubt();
      throw error;
    }
  };
  const release = (destroy?: boolean) => client.release(destroy);
  return { query, release } as unknown as PostgresPoolClient;
}

function askOn(client: pg.PoolClient): Ask {
  return async (statement, values = []) => (await client.query(statement, [...values])).rows;
}
