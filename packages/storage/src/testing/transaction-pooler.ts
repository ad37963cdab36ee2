import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import pg from 'pg';

/**
 * Sits between services and a PostgreSQL server like a transaction pooler (PgBouncer with `pool_mode = transaction`), and is
 * harsher: no client gets the connection of its last transaction again, so session state is always lost to the client that set
 * it.
 */
export type TransactionPooler = {
  /** The URL of the same database through the pooler, which lets everybody in. */
  readonly url: string;
  /** Returns what clients have left in sessions for others to stumble over: settings, locks, prepared statements and the like. */
  close(): Promise<string[]>;
};

/** Enough for the transactions that wait for each other in tests, fewer than the connections of two processes. */
const MAX_SERVERS = 16;

const PROTOCOL_3 = 196_608;
/** What clients may say of themselves; the rest would be settings of a session, which a pooler refuses. */
const TAKEN = new Set(['user', 'database', 'application_name', 'client_encoding']);
const AUTHENTICATION_OK = message('R', Buffer.alloc(4));
const KEY_DATA = message('K', Buffer.alloc(8));
const READY = message('Z', Buffer.from('I'));

const LEFTOVERS = `
  select 'setting ' || name from pg_settings where source = 'session'
  union all select 'prepared statement ' || name from pg_prepared_statements
  union all select 'channel ' || channel from pg_listening_channels() as channel
  union all select 'lock ' || locktype || ' ' || objid from pg_locks where pid = pg_backend_pid() and locktype = 'advisory'
  union all select 'temporary table ' || relname from pg_class where relpersistence = 't' and pg_table_is_visible(oid)
`;

type Message = { readonly type: string; readonly bytes: Buffer };

/** A connection to the server, which one client at a time has. */
type Server = { readonly socket: Socket; client: Client | null };

type Client = {
  readonly socket: Socket;
  server: Server | null;
  /** The one that its last transaction had. */
  last: Server | null;
  /** What it sent before it was given a connection. */
  waiting: Buffer[];
  /** The answers that it still awaits: one for each query, or batch of the extended protocol. */
  awaited: number;
};

export async function startTransactionPooler(url: string): Promise<TransactionPooler> {
  const servers = new Set<Server>();
  const free: Server[] = [];
  const queue: Client[] = [];
  const clients = new Set<Client>();
  const leftovers: string[] = [];
  const retiring = new Set<Promise<void>>();
  let opening = 0;

  function give(server: Server, client: Client): void {
    server.client = client;
    client.server = server;
    for (const bytes of client.waiting.splice(0)) server.socket.write(bytes);
  }

  /** Gives connections to those who wait, oldest first, to none the one that it had. */
  function serveQueue(): void {
    for (let place = 0; place < queue.length; ) {
      const client = queue[place] as Client;
      const index = free.findIndex((server) => server !== client.last);
      if (index < 0) {
        place += 1;
        continue;
      }
      const [server] = free.splice(index, 1);
      queue.splice(place, 1);
      give(server as Server, client);
    }
    if (queue.length > opening && servers.size + opening < MAX_SERVERS) openServer();
  }

  function openServer(): void {
    opening += 1;
    connectServer(url)
      .then((socket) => {
        if (clients.size === 0) return void socket.destroy();
        const server: Server = { socket, client: null };
        servers.add(server);
        free.push(server);
        socket.on(
          'data',
          inMessages((answer) => passOn(server, answer)),
        );
        socket.on('close', () => {
          servers.delete(server);
          const index = free.indexOf(server);
          if (index >= 0) free.splice(index, 1);
          server.client?.socket.destroy();
        });
      })
      .catch((error: unknown) => {
        // Waiting clients are refused, as the server itself would refuse them.
        for (const { socket } of queue.splice(0)) socket.end(errorMessage(error));
      })
      .finally(() => {
        opening -= 1;
        serveQueue();
      });
  }

  function passOn(server: Server, { type, bytes }: Message): void {
    const { client } = server;
    // Nobody's: a notification, or a notice of the server.
    if (client === null) return;
    client.socket.write(bytes);
    if (type !== 'Z') return;
    client.awaited -= 1;
    if (client.awaited > 0 || bytes.toString('latin1', 5) !== 'I') return;
    client.last = server;
    client.server = null;
    server.client = null;
    free.push(server);
    serveQueue();
  }

  function take(client: Client, { type, bytes }: Message): void {
    if (type === 'X') return void client.socket.end();
    if (type === 'Q' || type === 'S' || type === 'F') client.awaited += 1;
    if (client.server !== null) return void client.server.socket.write(bytes);
    client.waiting.push(bytes);
    if (client.waiting.length > 1) return;
    queue.push(client);
    serveQueue();
  }

  function leave(client: Client): void {
    clients.delete(client);
    const place = queue.indexOf(client);
    if (place >= 0) queue.splice(place, 1);
    // In the middle of a transaction, which ends with the connection.
    client.server?.socket.destroy();
    // Copying or dropping the database needs it without connections.
    if (clients.size === 0) retireAll();
  }

  function retireAll(): void {
    for (const { socket } of free.splice(0)) {
      const retired = lookAt(socket).then((found) => {
        leftovers.push(...found);
        socket.destroy();
        retiring.delete(retired);
      });
      retiring.add(retired);
    }
  }

  const listener = createServer((socket) => {
    const client: Client = { socket, server: null, last: null, waiting: [], awaited: 0 };
    clients.add(client);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => leave(client));
    socket.on(
      'data',
      afterStartup(
        socket,
        inMessages((sent) => take(client, sent)),
      ),
    );
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const own = new URL(url);
  own.port = `${(listener.address() as AddressInfo).port}`;

  return {
    url: own.href,
    async close() {
      for (const { socket } of clients) socket.destroy();
      listener.close();
      await once(listener, 'close');
      retireAll();
      await Promise.all(retiring);
      return leftovers;
    },
  };
}

/** Asks on a connection that nobody has; nothing of one that the server has closed. */
function lookAt(socket: Socket): Promise<string[]> {
  socket.removeAllListeners('data');
  return new Promise((resolve) => {
    const rows: string[] = [];
    socket.on('close', () => resolve(rows));
    socket.on(
      'data',
      inMessages(({ type, bytes }) => {
        // One column: its length, then its text.
        if (type === 'D') rows.push(bytes.toString('utf8', 11));
        if (type === 'E') rows.push(bytes.toString('utf8', 5));
        if (type === 'Z') resolve(rows);
      }),
    );
    socket.write(message('Q', Buffer.from(`${LEFTOVERS}\0`)));
  });
}

/** Logs in through the client of PostgreSQL, and takes the connection from it. */
async function connectServer(url: string): Promise<Socket> {
  const socket = new Socket();
  const client = new pg.Client({ connectionString: url, stream: () => socket });
  client.on('error', () => {});
  await client.connect();
  socket.removeAllListeners('data');
  return socket;
}

/** Reads the first message of a client, which has no type, and hands on all that follows it. */
function afterStartup(socket: Socket, next: (bytes: Buffer) => void): (bytes: Buffer) => void {
  let read = Buffer.alloc(0);
  let hasStarted = false;
  return (bytes) => {
    if (hasStarted) return next(bytes);
    read = Buffer.concat([read, bytes]);
    if (read.length < 8 || read.length < read.readInt32BE(0)) return;
    const length = read.readInt32BE(0);
    const texts = read.toString('utf8', 8, length).split('\0');
    const refused = texts.find((text, index) => index % 2 === 0 && text !== '' && !TAKEN.has(text));
    if (read.readInt32BE(4) !== PROTOCOL_3 || refused !== undefined) {
      socket.end(errorMessage(new Error(`unsupported startup parameter: ${refused}`)));
      return;
    }
    hasStarted = true;
    socket.write(Buffer.concat([AUTHENTICATION_OK, KEY_DATA, READY]));
    if (read.length > length) next(read.subarray(length));
  };
}

/** Cuts what arrives into messages. */
function inMessages(take: (message: Message) => void): (bytes: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (bytes) => {
    let read = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    while (read.length >= 5 && read.length > read.readInt32BE(1)) {
      const length = read.readInt32BE(1) + 1;
      take({ type: read.toString('latin1', 0, 1), bytes: read.subarray(0, length) });
      read = read.subarray(length);
    }
    rest = Buffer.from(read);
  };
}

function message(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(content.length + 4);
  return Buffer.concat([Buffer.from(type), length, content]);
}

function errorMessage(error: unknown): Buffer {
  return message('E', Buffer.from(`SFATAL\0C08P01\0M${String(error)}\0\0`));
}
