import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { selfSignedCertificate } from '../../testing/run.ts';
import { until } from '../report.ts';

const RECIPES = fileURLToPath(new URL('../../../deploy/cluster/', import.meta.url));
export const DATABASE_MACHINES = ['db-1', 'db-2', 'db-3'] as const;
export type DatabaseMachine = (typeof DATABASE_MACHINES)[number];

type Listener = { port: number; consolePort: number };

/** Runs a program and, as systemd does, reaps what ends below it: to Patroni a PostgreSQL that is not reaped has not stopped. */
const REAP = `import ctypes, os, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
while os.wait()[0] != child: pass`;
const REAPER = ['/usr/bin/python3', '-c', REAP, 'setpriv', '--pdeathsig=KILL'];

export type Cluster = Awaited<ReturnType<typeof startCluster>>;

/** Starts what deploy/cluster describes, from its very files, as processes of this machine; 10.0.0.11 is 127.x.y.11. */
export async function startCluster() {
  const programs = findPrograms();
  const user = process.getuid?.() === 0 ? userNamed('postgres') : undefined;
  const directory = fs.mkdtempSync(join(fs.realpathSync(tmpdir()), 'ticket-check-cluster-'));
  fs.chmodSync(directory, 0o755);
  const own = (path: string) => user !== undefined && fs.chownSync(path, user.uid, user.gid);
  own(directory);
  const network = `127.${between(16, 250)}.${between(0, 250)}.`;
  const parts: Part[] = [];
  const watcher = removeAtTheEnd(directory);

  function write(name: string, text: string, mode = 0o600): string {
    const path = join(directory, name);
    fs.writeFileSync(path, text, { mode });
    fs.chmodSync(path, mode);
    own(path);
    return path;
  }

  /** A file of the recipe with this machine's addresses and paths in place of its own. */
  function recipe(name: string, changes: Readonly<Record<string, string>>): string {
    let text = fs.readFileSync(join(RECIPES, name), 'utf8');
    for (const [from, to] of Object.entries(changes)) {
      if (!text.includes(from)) throw new Error(`deploy/cluster/${name} says nothing of ${from}`);
      text = text.replaceAll(from, to);
    }
    return text.replaceAll('10.0.0.', network).replaceAll('127.0.0.1', `${network}1`);
  }

  const start = (name: string, command: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    void parts.push(startPart({ name, command, env, log: join(directory, `${name}.log`), user }));

  const { key, cert } = selfSignedCertificate('postgresql');
  write('postgresql.key', key);
  write('postgresql.pem', cert, 0o644);
  write('postgresql-ca.pem', cert, 0o644);

  // One is enough here: what etcd does when it loses one of three is not ours to prove.
  const one = 'db-1=http://10.0.0.11:2380';
  const others = ',db-2=http://10.0.0.12:2380,db-3=http://10.0.0.13:2380';
  const etcd = recipe('etcd.env', { [one + others]: one, '/var/lib/etcd/ticket-check': join(directory, 'etcd') });
  start('etcd', [programs.etcd], Object.fromEntries(assignments(etcd)));

  const PGPASSFILE = write('pgpass', recipe('pgpass', {}));
  const switchOverOf = (machine: DatabaseMachine) => join(directory, `${machine}-switch-over`);
  for (const [index, machine] of DATABASE_MACHINES.entries()) {
    const sockets = join(directory, machine);
    fs.mkdirSync(sockets);
    own(sockets);
    const config = recipe('patroni.yml', {
      '10.0.0.11:2379,10.0.0.12:2379,10.0.0.13:2379': '10.0.0.11:2379',
      'name: db-1': `name: ${machine}`,
      '10.0.0.11:8008': `10.0.0.1${index + 1}:8008`,
      '10.0.0.0/24': '127.0.0.0/8',
      '10.0.0.11:5432': `10.0.0.1${index + 1}:5432`,
      '/usr/lib/postgresql/17/bin': programs.postgresql,
      '/var/lib/postgresql/17/ticket-check': join(sockets, 'data'),
      '/var/lib/postgresql/ticket-check.pgpass': join(sockets, 'pgpass'),
      '/var/run/postgresql': sockets,
      '/etc/ticket-check': directory,
      '/usr/local/bin/switch-over': switchOverOf(machine),
    });
    const script = recipe('switch-over', {
      '10.0.0.21 10.0.0.22 10.0.0.23': '10.0.0.21',
      '/var/lib/postgresql/17/ticket-check': join(sockets, 'data'),
      '/var/run/postgresql': sockets,
    });
    write(`${machine}-switch-over`, script, 0o700);
    start(machine, [...REAPER, programs.patroni, write(`${machine}.yml`, config)], { PGPASSFILE });
  }
  const addressOf = (machine: DatabaseMachine) => `${network}1${DATABASE_MACHINES.indexOf(machine) + 1}`;

  const members = async (): Promise<Member[]> => {
    for (const machine of DATABASE_MACHINES) {
      const answer = await fetch(`http://${addressOf(machine)}:8008/cluster`).catch(() => null);
      if (answer?.ok) return ((await answer.json()) as { members: Member[] }).members;
    }
    return [];
  };
  const leads = ({ role, state }: Member) => role === 'leader' && state === 'running';
  const leader = async () => (await members()).find(leads)?.name;
  /** Whether one leads, and commits wait for one of the two others. */
  async function isWhole(): Promise<boolean> {
    const all = await members();
    const following = all.filter(({ role, state }) => role === 'quorum_standby' && state === 'streaming').length;
    return all.filter(leads).length === 1 && following === 2 && new Set(all.map(({ timeline }) => timeline)).size === 1;
  }

  const run = (program: string, args: readonly string[], env: NodeJS.ProcessEnv) =>
    promisify(execFile)(program, args, { ...user, cwd: '/', env: { ...ENVIRONMENT, ...env } });
  const moving = (from: DatabaseMachine) =>
    run(switchOverOf(from), [addressOf(from), from], { PGHOST: join(directory, from), PGPASSFILE });
  /** When a switch-over from there last had questions wait, in epoch milliseconds; 0 if none did. */
  function pausedAt(from: DatabaseMachine): number {
    const path = join(directory, from, 'switch-over.from');
    return fs.existsSync(path) ? Number(fs.readFileSync(path, 'utf8')) / 1e6 : 0;
  }
  const part = (name: string) => parts.find((each) => each.name === name)!;
  const ports = { 'third-party-platform': 9000, 'national-platform': 9100 };

  const urlOf = (role: keyof typeof ports) => `https://${network}30:${ports[role]}`;
  return {
    part,
    leader,
    isWhole,
    urlOf,
    lastWords: () => parts.map((each) => each.lastWords()).join('\n'),
    /** The settings of a platform, as its file of the recipe has them, without where it listens and keeps its files. */
    settings(role: keyof typeof ports): NodeJS.ProcessEnv {
      const text = recipe(`${role}.env`, { '10.0.0.21,10.0.0.22,10.0.0.23': '10.0.0.30' });
      const { DATABASE_URL, PROXY_ADDRESSES } = Object.fromEntries(assignments(text));
      const console = role === 'third-party-platform' && { CONSOLE_URL: `https://${network}30:${ports[role] + 443}` };
      return { DATABASE_URL, PROXY_ADDRESSES, PUBLIC_URL: urlOf(role), ...console };
    },
    async sql(database: string, statement: string): Promise<string> {
      const PGHOST = join(directory, `${await leader()}`);
      return (await run('psql', ['-XtAqc', statement, database], { PGHOST })).stdout.trim();
    },
    /** Starts pgbouncer and, before the processes of the platforms that listen here, haproxy. */
    async startDoors({ thirdParty, national }: { thirdParty: readonly Listener[]; national: readonly Listener[] }) {
      const pgbouncer = recipe('pgbouncer.ini', {
        '/etc/pgbouncer/userlist.txt': write('userlist.txt', recipe('userlist.txt', {})),
        '/var/run/postgresql': directory,
        '/etc/pgbouncer/postgresql-ca.pem': join(directory, 'postgresql-ca.pem'),
      });
      start('pgbouncer', [programs.pgbouncer, write('pgbouncer.ini', pgbouncer)]);
      const servers = (all: readonly Listener[], own: number, console: number) =>
        all.flatMap(({ port, consolePort }, index) => [
          [`10.0.0.2${index + 1}:${own}`, `localhost:${port} port ${consolePort}`],
          [`10.0.0.2${index + 1}:${console}`, `localhost:${consolePort}`],
        ]);
      const haproxy = recipe('haproxy.cfg', {
        ...Object.fromEntries([...servers(thirdParty, 9001, 9444), ...servers(national, 9101, 9544)]),
        // The tests ask the processes themselves too, from another address, without a header of the PROXY protocol.
        '    mode tcp\n': '    mode tcp\n    source 10.0.0.30\n',
        'maxconn 20000': 'maxconn 2000',
        'bind :': `bind ${network}30:`,
        'log /dev/log local0': 'log stdout format raw local0',
        '    user haproxy\n    group haproxy\n': '',
        '/run/haproxy/admin.sock': join(directory, 'haproxy.sock'),
      }).replaceAll('localhost', '127.0.0.1');
      start('haproxy', [programs.haproxy, '-db', '-f', write('haproxy.cfg', haproxy)]);
      // Until its first look haproxy takes every server for the primary.
      const statement = 'select 1 / (1 - pg_is_in_recovery()::int)';
      const ask = (name: string) => {
        const way = ['-XqA', '-h', `${network}1`, '-p', '6432', '-U', name, '-c', statement, name];
        return run('psql', way, { PGPASSWORD: `${name.replace('_', '-')}-password` });
      };
      // Also so that a platform finds a connection to its database that is made: here all of them start on one busy machine.
      const lead = () => Promise.all(['third_party', 'national'].map(ask)).catch(() => null);
      await until('pgbouncer and haproxy lead to the primary', lead);
    },
    async switchOver(from: DatabaseMachine): Promise<string> {
      const { stdout, stderr } = await moving(from);
      return `${stdout}${stderr}`.trim();
    },
    pausedAt,
    /** Kills it while questions wait. */
    async killSwitchOver(from: DatabaseMachine): Promise<void> {
      const began = Date.now();
      const move = moving(from);
      const ended = move.catch(() => {});
      await until('questions wait', async () => pausedAt(from) > began);
      move.child.kill('SIGKILL');
      await ended;
    },
    killPostgres: (machine: DatabaseMachine) => killPostmaster(join(directory, machine, 'data')),
    /** Kills Patroni and the PostgreSQL that it runs, as the death of their machine does; back once that is fulfilled. */
    killMachine(machine: DatabaseMachine, back: Promise<unknown>): void {
      part(machine).kill(back);
      this.killPostgres(machine);
    },
    async stop(): Promise<void> {
      await Promise.all(parts.map((each) => each.stop()));
      watcher.stdin.end();
      await until('the cluster is gone', () => !fs.existsSync(directory));
    },
  };
}

type Member = { name: DatabaseMachine; role: string; state: string; timeline: number };

const ENVIRONMENT = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' };

/** Ends what is left and removes the directory when standard input ends, so also when this process is killed. */
function removeAtTheEnd(directory: string) {
  const script = `cat; kill -QUIT $(head -qn1 "$1"/*/data/postmaster.pid 2>/dev/null) 2>/dev/null
until rm -rf "$1" 2>/dev/null; do sleep 0.1; done`;
  return spawn('sh', ['-c', script, 'sh', directory], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
}

function killPostmaster(data: string): void {
  try {
    process.kill(Number.parseInt(fs.readFileSync(join(data, 'postmaster.pid'), 'utf8'), 10), 'SIGKILL');
  } catch {
    // It does not run.
  }
}

const assignments = (file: string) =>
  [...file.matchAll(/^([A-Z_]+)='?(.*?)'?$/gm)].map(([, name = '', value = '']) => [name, value] as const);

const between = (least: number, most: number) => least + Math.floor(Math.random() * (most - least));

function userNamed(name: string) {
  const id = (option: string) => Number(execFileSync('id', [option, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** The programs of Debian's packages. */
const PACKAGES = 'etcd-server haproxy patroni pgbouncer postgresql python3-etcd util-linux';

function findPrograms() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const find = (program: string) =>
    [...folders, '/usr/sbin'].map((folder) => join(folder, program)).find(fs.existsSync);
  const versions = fs.existsSync('/usr/lib/postgresql') ? fs.readdirSync('/usr/lib/postgresql') : [];
  const postgresql = versions
    .map((version) => `/usr/lib/postgresql/${version}/bin`)
    .findLast((bin) => fs.existsSync(join(bin, 'postgres')) && fs.existsSync(join(bin, 'pg_rewind')));
  const needed = ['setpriv', 'etcd', 'haproxy', 'patroni', 'pgbouncer'] as const;
  const found = { postgresql, ...Object.fromEntries(needed.map((program) => [program, find(program)])) };
  const missing = Object.entries(found).flatMap(([name, path]) => (path === undefined ? [name] : []));
  const needs = `The proof of the cluster needs ${missing.join(', ')}, version 4 of Patroni and Linux`;
  if (missing.length > 0) throw new Error(`${needs}. On Debian 13: apt-get install ${PACKAGES}`);
  return found as Record<(typeof needed)[number] | 'postgresql', string>;
}

/** What systemd waits before it starts a service again. */
const RESTART_MS = 500;
const LAST_LINES = 15;

/** A program of the cluster that is started again when it ends, as systemd does. */
type Part = ReturnType<typeof startPart>;

interface PartOptions {
  name: string;
  command: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Where its output goes. */
  log: string;
  user: ReturnType<typeof userNamed> | undefined;
}

function startPart({ name, command, env, log, user }: PartOptions) {
  const output = fs.openSync(log, 'a');
  let child: ChildProcess | undefined;
  let isStopping = false;
  let mayReturn: Promise<unknown> = Promise.resolve();

  function start(): void {
    // Ends with this process, also when that is killed. The signal is set for the user that it has afterwards.
    const as = user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
    const options = { env: { ...ENVIRONMENT, ...env }, stdio: ['ignore' as const, output, output], cwd: '/' };
    child = spawn('setpriv', ['--pdeathsig=KILL', ...as, ...command], options);
    child.once('error', () => {});
    child.once('exit', async () => {
      await Promise.all([delay(RESTART_MS), mayReturn]);
      if (!isStopping) start();
    });
  }
  start();

  return {
    name,
    /** SIGKILL; it is started again once this is fulfilled. */
    kill(back: Promise<unknown> = Promise.resolve()): void {
      mayReturn = back;
      child?.kill('SIGKILL');
    },
    async stop(): Promise<void> {
      isStopping = true;
      child?.kill('SIGKILL');
      while (child?.exitCode === null && child.signalCode === null) await delay(10);
    },
    lastWords: () => `${name}: ${fs.readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n')}`,
  };
}
