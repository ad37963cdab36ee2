import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

// Fills Node's compile cache (NODE_COMPILE_CACHE) for a service while its image is built: `node [options] fill-compile-cache.ts
// <its main.ts>`. Starts it with the same options on a data directory that is deleted afterwards, until it is ready, and
// ends it: as it ends Node keeps what it compiled until then. Exit code 1 where the service does not start or does not end well.
const HEALTH_PROBE = join(import.meta.dirname, 'health-probe.ts');
const GIVE_UP_AFTER_MS = 300_000;
const PAUSE_MS = 200;

const dataDirectory = mkdtempSync(join(tmpdir(), 'compile-cache-'));
// Images may be built side by side in one network, where only one of them has the usual ports.
const [PORT, CONSOLE_PORT] = await freePorts();
const env = { ...process.env, DATA_DIR: dataDirectory, PORT, CONSOLE_PORT, DRAIN_SECONDS: '0' };
const service = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(2), 'serve'], {
  env,
  stdio: ['ignore', 'ignore', 'inherit'],
});
const ended = once(service, 'exit').then(([code]) => code as number | null);

const isReady = await Promise.race([becomesReady(), ended.then(() => false)]);
service.kill('SIGTERM');
const code = await ended;
rmSync(dataDirectory, { recursive: true, force: true });
if (!isReady || code !== 0) process.stderr.write(`The service was not ready, or ended with ${code}.\n`);
process.exit(isReady && code === 0 ? 0 : 1);

async function becomesReady(): Promise<boolean> {
  for (const giveUpAt = performance.now() + GIVE_UP_AFTER_MS; performance.now() < giveUpAt; await delay(PAUSE_MS)) {
    const probe = spawn(process.execPath, [HEALTH_PROBE], { env, stdio: 'ignore' });
    const [probed] = await once(probe, 'exit');
    if (probed === 0) return true;
  }
  return false;
}

async function freePorts(): Promise<[string, string]> {
  const servers = [createServer().listen(0), createServer().listen(0)] as const;
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const [port, consolePort] = servers.map((server) => `${(server.address() as AddressInfo).port}`);
  for (const server of servers) server.close();
  return [`${port}`, `${consolePort}`];
}
