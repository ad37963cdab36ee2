import { Client } from 'pg';

/**
 * Makes an empty database on a PostgreSQL server, replacing one of this name, and returns its URL.
 *
 * @param server `postgres://…`, of somebody who may make databases
 */
export async function emptyDatabase(server: string, name: string): Promise<string> {
  const client = new Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}
