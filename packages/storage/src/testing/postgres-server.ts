import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestProject } from 'vitest/node';
import { placeForFiles } from './place-for-files.ts';
import { PostgresDatabases } from './postgres-databases.ts';
import { type PostgresServer, startPostgres } from './postgres-process.ts';

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

/** Vitest's global setup: one PostgreSQL server per run, started when a test first asks for a database. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let server: Promise<PostgresServer> | undefined;
  let databases: Promise<PostgresDatabases> | undefined;

  async function answer(method: string | undefined, body: string): Promise<string> {
    server ??= startPostgres(SETTINGS, placeForFiles());
    databases ??= server.then((started) => new PostgresDatabases(started));
    const ready = await databases;
    if (method === 'GET') return ready.take();
    const [url = '', copy = ''] = body.split(' ');
    await (method === 'PUT' ? ready.copy(url, copy) : ready.giveBack(url));
    return '';
  }

  const door = createServer(async (request, response) => {
    try {
      response.end(await answer(request.method, await text(request)));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await new Promise<void>((resolve, reject) => door.once('error', reject).listen(0, '127.0.0.1', resolve));
  project.provide('postgresDatabases', `http://127.0.0.1:${(door.address() as AddressInfo).port}/`);

  return async () => {
    door.close();
    door.closeAllConnections();
    await (await databases?.catch(() => undefined))?.close();
    await (await server?.catch(() => undefined))?.stop();
  };
}
