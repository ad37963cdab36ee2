import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import pg from 'pg';
import {
  type PostgresServer,
  startFromBaseBackup,
  startPostgres,
  startSynchronousStandby,
} from './postgres-process.ts';

/** A PostgreSQL server that another one replaces, behind one address for those who use it. */
export type ReplacedServer = {
  /** Makes a database, and returns its URL at the address that stays. */
  makeDatabase(name: string): Promise<string>;
  /** Starts a standby that commits wait for. */
  startStandby(): Promise<void>;
  /** Cuts the standby off, and has commits go on without it, as an operator or Patroni does. */
  goOnWithoutStandby(): Promise<void>;
  /** Kills the server and promotes the standby. */
  failOver(): Promise<void>;
  takeBaseBackup(): Promise<void>;
  /** Kills the server and puts the base backup in its place. */
  restoreBaseBackup(): Promise<void>;
  stop(): Promise<void>;
};

export async function startReplacedServer(): Promise<ReplacedServer> {
  let server = await startPostgres();
  let next: PostgresServer | undefined;
  const address = await movingAddress(server.url);
  let link = await movingAddress(server.url);

  async function replace(): Promise<void> {
    if (next === undefined) throw new Error('there is no other server');
    await server.stop();
    server = next;
    next = undefined;
    address.leadTo(server.url);
  }

  return {
    async makeDatabase(name) {
      await ask(server.url, `create database ${name}`);
      const url = new URL(address.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    async startStandby() {
      link.close();
      link = await movingAddress(server.url);
      next = await startSynchronousStandby(server, link.url);
    },
    async goOnWithoutStandby() {
      link.cut();
      await ask(server.url, `alter system set synchronous_standby_names = ''`, 'select pg_reload_conf()');
    },
    async failOver() {
      await replace();
      await ask(server.url, 'select pg_promote()');
    },
    async takeBaseBackup() {
      next = await startFromBaseBackup(server);
    },
    restoreBaseBackup: replace,
    async stop() {
      address.close();
      link.close();
      await Promise.all([next?.stop(), server.stop()]);
    },
  };
}

async function ask(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** An address that stays the same while the PostgreSQL server behind it changes. */
export type MovingAddress = {
  readonly url: string;
  /** Leads new connections to another server, and cuts those that there are. */
  leadTo(url: string): void;
  /** Cuts every connection and lets none through, until it leads somewhere again. */
  cut(): void;
  close(): void;
};

export async function movingAddress(first: string): Promise<MovingAddress> {
  let target: string | undefined = first;
  const open = new Set<Socket>();
  const door = createServer((near) => {
    if (target === undefined) return void near.destroy();
    const far = connect(Number(new URL(target).port), '127.0.0.1');
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const url = new URL(first);
  url.port = String((door.address() as AddressInfo).port);
  const leadTo = (next: string | undefined) => {
    target = next;
    for (const socket of open) socket.destroy();
  };
  return {
    url: url.href,
    leadTo,
    cut: () => leadTo(undefined),
    close() {
      door.close();
      leadTo(undefined);
    },
  };
}
