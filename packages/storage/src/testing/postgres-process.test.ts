// @module-tag process
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { expect, test } from 'vitest';
import { startPostgres } from './postgres-process.ts';

async function ask(url: string, question: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ answer: string }>(question);
    return rows[0]?.answer ?? '';
  } finally {
    await client.end();
  }
}

const DATA = `select current_setting('data_directory') as answer`;

test('servers of two runs do not get in each other’s way, and each leaves nothing behind', async () => {
  const servers = await Promise.all([startPostgres(), startPostgres()]);
  const directories = await Promise.all(servers.map(({ url }) => ask(url, DATA)));
  expect(new Set(directories).size).toBe(2);
  expect(directories.map(existsSync)).toEqual([true, true]);
  await Promise.all(servers.map((server) => server.stop()));
  expect(directories.map(existsSync)).toEqual([false, false]);
  for (const { url } of servers) await expect(ask(url, DATA)).rejects.toThrow('ECONNREFUSED');
});

test('a server ends and clears up when its run is killed', async () => {
  const program = `
    import { startPostgres } from ${JSON.stringify(new URL('./postgres-process.ts', import.meta.url).href)};
    console.log((await startPostgres()).url);
  `;
  const run = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [url] = (await once(createInterface({ input: run.stdout }), 'line')) as [string];
  const directory = await ask(url, DATA);
  run.kill('SIGKILL');
  await expect.poll(() => existsSync(directory), { timeout: 20_000 }).toBe(false);
  await expect(ask(url, DATA)).rejects.toThrow('ECONNREFUSED');
});
