import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { placeForFiles } from './place-for-files.ts';
import { databaseIn, renewRandomValues } from './plain-connection.ts';
import { startPostgres } from './postgres-process.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /**
     * Answers `GET /` with the URL of an empty database, makes one a copy of another by `PUT /` with the URLs of both, and takes
     * one back by `DELETE /` with the URL as body.
     */
    postgresDatabases: string;
  }
}

/** No test looks at what these do, and all of them would wait for it. */
const SETTINGS = { max_wal_size: '256MB', autovacuum: 'off', full_page_writes: 'off', jit: 'off' };

/** Starts a server that hands out databases, empty ones and copies of others; a returned one is dropped. */
async function startDatabases() {
  const server = await startPostgres(SETTINGS, placeForFiles());
  const control = new pg.Pool({ connectionString: server.url });
  /** Empty ones whose name went to a copy. */
  const empty: string[] = [];
  const newName = () => `test_${randomUUID().replaceAll('-', '')}`;
  const create = (name: string, source: string) =>
    control.query(`create database ${name} template ${source} strategy file_copy`);

  async function take(): Promise<string> {
    const [left, name = newName()] = [empty.length, empty.pop()];
    if (left === 0) await create(name, 'template0');
    return Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
  }

  /** Makes an empty database a copy of another one, with ids and secrets of its own. Nobody may have that one open. */
  async function copy(from: string, to: string): Promise<void> {
    const [name, aside] = [databaseIn(to), newName()];
    // A pooler may still have some.
    await control.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    await control.query(`alter database ${name} rename to ${aside}`);
    empty.push(aside);
    await create(name, databaseIn(from));
    await renewRandomValues({ url: to, encryptionKey: '' });
  }

  return {
    async answer(method: string | undefined, body: string): Promise<string> {
      if (method === 'GET') return take();
      const [url = '', to = ''] = body.split(' ');
      if (method === 'PUT') await copy(url, to);
      else await control.query(`drop database ${databaseIn(url)} with (force)`);
      return '';
    },
    async stop(): Promise<void> {
      await control.end();
      await server.stop();
    },
  };
}

/** Vitest's global setup: one PostgreSQL server per run, started when a test first asks for a database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let databases: ReturnType<typeof startDatabases> | undefined;
  const door = createServer(async (request, response) => {
    try {
      databases ??= startDatabases();
      response.end(await (await databases).answer(request.method, await text(request)));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise<void>((resolve, reject) => door.once('error', reject).listen(0, '127.0.0.1', resolve));
  project.provide('postgresDatabases', `http://127.0.0.1:${(door.address() as AddressInfo).port}/`);

  return async () => {
    door.close();
    door.closeAllConnections();
    await (await databases?.catch(() => undefined))?.stop();
  };
}
