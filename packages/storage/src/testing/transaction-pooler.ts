import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@ticket-check/runtime/testing';
import pg from 'pg';
import { inOwnDirectory, keep } from './postgres-process.ts';

/** Settings of a session that PgBouncer restores for their client, and all that it does not. */
const LEFTOVERS = `
  select 'setting ' || name as left from pg_settings where source = 'session' and name not in
    ('application_name', 'client_encoding', 'DateStyle', 'IntervalStyle', 'TimeZone', 'standard_conforming_strings')
  union all select 'prepared statement ' || name from pg_prepared_statements where from_sql
  union all select 'channel ' || channel from pg_listening_channels() as channel
  union all select 'lock ' || locktype || ' ' || objid from pg_locks where pid = pg_backend_pid() and locktype = 'advisory'
  union all select 'temporary table ' || relname from pg_class where relpersistence = 't' and pg_table_is_visible(oid)
`;

/** Starts PgBouncer before a PostgreSQL server, whose connections it gives to each transaction in turn; it lets everybody in. */
export async function startTransactionPooler(url: string) {
  const { hostname, port, username, password } = new URL(url);
  const own = new URL(url);
  own.port = `${await freePort()}`;
  // It hands out the connection that was idle longest, seldom the one of the same client before.
  const settings = `
[databases]
* = host=${hostname} port=${port} user=${username} password=${password}
[pgbouncer]
listen_addr = ${hostname}
listen_port = ${own.port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
max_prepared_statements = 200
server_round_robin = 1
default_pool_size = 100
max_client_conn = 1000
server_login_retry = 0.1
`;
  const stop = await inOwnDirectory(tmpdir(), (directory, user) => {
    const file = join(directory, 'pgbouncer.ini');
    writeFileSync(file, settings);
    return keep(['pgbouncer', file], directory, user, /process up/);
  });
  /** What clients have left in sessions for others to stumble over: settings, locks, prepared statements and the like. */
  const leftovers = () => lookAtSessions(url, own.href);
  return { url: own.href, leftovers, stop };
}

/** Has as many transactions at once as the pooler has connections, so each shows another one. */
async function lookAtSessions(url: string, pooled: string): Promise<string[]> {
  const connect = async (connectionString: string) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    return client;
  };
  const direct = await connect(url);
  const others = 'select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';
  const { rowCount } = await direct.query(others);
  await direct.end();
  const clients = await Promise.all(Array.from({ length: rowCount ?? 0 }, () => connect(pooled)));
  await Promise.all(clients.map((client) => client.query('begin')));
  const found = await Promise.all(clients.map((client) => client.query<{ left: string }>(LEFTOVERS)));
  await Promise.all(clients.map((client) => client.end()));
  return found.flatMap(({ rows }) => rows.map(({ left }) => left));
}
