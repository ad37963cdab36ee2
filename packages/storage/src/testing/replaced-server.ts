import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { withClient } from './plain-connection.ts';
import {
  type PostgresServer,
  startFromBaseBackup,
  startPostgres,
  startSynchronousStandby,
} from './postgres-process.ts';

/** A PostgreSQL server that another one replaces, behind one address for those who use it. */
export type ReplacedServer = Awaited<ReturnType<typeof startReplacedServer>>;

export async function startReplacedServer() {
  let server = await startPostgres();
  let next: PostgresServer | undefined;
  const address = await movingAddress(server.url);
  let link = await movingAddress(server.url);

  /** Kills the server and puts the next one in its place. */
  async function replace(): Promise<void> {
    if (next === undefined) throw new Error('there is no other server');
    await server.stop();
    server = next;
    next = undefined;
    address.leadTo(server.url);
  }

  return {
    /** Makes a database, and returns its URL at the address that stays. */
    async makeDatabase(name: string): Promise<string> {
      await ask(server.url, `create database ${name}`);
      return Object.assign(new URL(address.url), { pathname: `/${name}` }).href;
    },
    /** Starts a standby that commits wait for. */
    async startStandby(): Promise<void> {
      link.close();
      link = await movingAddress(server.url);
      next = await startSynchronousStandby(server, link.url);
    },
    /** Cuts the standby off, and has commits go on without it, as an operator or Patroni does. */
    async goOnWithoutStandby(): Promise<void> {
      link.leadTo(undefined);
      await ask(server.url, `alter system set synchronous_standby_names = ''`, 'select pg_reload_conf()');
    },
    /** Kills the server and promotes the standby. */
    async failOver(): Promise<void> {
      await replace();
      await ask(server.url, 'select pg_promote()');
    },
    async takeBaseBackup(): Promise<void> {
      next = await startFromBaseBackup(server);
    },
    restoreBaseBackup: replace,
    async stop(): Promise<void> {
      address.close();
      link.close();
      await Promise.all([next?.stop(), server.stop()]);
    },
  };
}

async function ask(url: string, ...statements: string[]): Promise<void> {
  await withClient(url, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

/** An address that stays the same while the PostgreSQL server behind it changes. */
export async function movingAddress(first: string) {
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
    /** Cuts every connection, and leads new ones to another server or, without one, nowhere. */
    leadTo,
    close(): void {
      door.close();
      leadTo(undefined);
    },
  };
}
