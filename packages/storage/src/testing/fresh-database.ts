import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import './postgres-server.ts';

let server: Promise<string> | undefined;

/** Makes an empty database on the run's PostgreSQL server and returns its URL. */
export async function freshPostgresUrl(): Promise<string> {
  server ??= askForServer();
  const url = new URL(await server);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  url.pathname = `/${name}`;
  return url.href;
}

async function askForServer(): Promise<string> {
  const response = await fetch(inject('postgresOnDemand'));
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
