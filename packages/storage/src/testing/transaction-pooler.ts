import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import pg from 'pg';

/**
 * Sits between services and a PostgreSQL server like a transaction pooler (PgBouncer with `pool_mode = transaction`), and is
 * harsher: no client gets the connection of its last transaction again, so session state is always lost to the client that set
 * it. Prepared statements of the extended protocol follow their client, as in PgBouncer from 1.21.
 */
export type TransactionPooler = {
  /** The URL of the same database through the pooler, which lets everybody in. */
  readonly url: string;
  /** Returns what clients have left in sessions for others to stumble over: settings, locks, prepared statements and the like. */
  close(): Promise<string[]>;
};

const PROTOCOL_3 = 196_608;
/** What clients may say of themselves; the rest would be settings of a session, which a pooler refuses. */
const TAKEN = new Set(['user', 'database', 'application_name', 'client_encoding']);
const AUTHENTICATION_OK = message('R', Buffer.alloc(4));
const KEY_DATA = message('K', Buffer.alloc(8));
const READY = message('Z', Buffer.from('I'));

const LEFTOVERS = `
  select 'setting ' || name from pg_settings where source = 'session'
  union all select 'prepared statement ' || name from pg_prepared_statements where from_sql
  union all select 'channel ' || channel from pg_listening_channels() as channel
  union all select 'lock ' || locktype || ' ' || objid from pg_locks where pid = pg_backend_pid() and locktype = 'advisory'
  union all select 'temporary table ' || relname from pg_class where relpersistence = 't' and pg_table_is_visible(oid)
`;

type Message = { readonly type: string; readonly bytes: Buffer };

/** A connection to the server, and the client that has it now. */
type Server = {
  readonly socket: Socket;
  client: { readonly socket: Socket; hear(answer: Message): void } | null;
  /** The names of the statements that are prepared on it. */
  readonly prepared: Set<string>;
  /** Of each statement that it is parsing: its name if the client did not ask for it now. */
  readonly parsing: (string | null)[];
};

export async function startTransactionPooler(url: string): Promise<TransactionPooler> {
  const free: Server[] = [];
  const clients = new Set<Socket>();
  const leftovers: string[] = [];
  let retiring: Promise<unknown> = Promise.resolve();
  let names = 0;

  /** One that nobody has, other than the one before. */
  async function take(before: Server | null): Promise<Server> {
    const index = free.findIndex((server) => server !== before);
    const [known] = index < 0 ? [] : free.splice(index, 1);
    if (known !== undefined) return known;
    const server: Server = { socket: await connectServer(url), client: null, prepared: new Set(), parsing: [] };
    const hearAnswers = inMessages((answer) => server.client?.hear(answer));
    server.socket.on('data', hearAnswers).on('close', () => {
      server.client?.socket.destroy();
      const place = free.indexOf(server);
      if (place >= 0) free.splice(place, 1);
    });
    return server;
  }

  function serve(client: Socket): void {
    let server: Server | null = null;
    let before: Server | null = null;
    /** What was sent before there was a connection. */
    let waiting: Message[] = [];
    const statements = new Map<string, { readonly name: string; readonly rest: Buffer }>();
    /** How many answers are still awaited: one for each query, or batch of the extended protocol. */
    let awaited = 0;

    function hear({ type, bytes }: Message): void {
      if (type === '1' && server?.parsing.shift()) return;
      client.write(bytes);
      if (type !== 'Z') return;
      // What an error kept from being parsed.
      for (const name of server?.parsing.splice(0) ?? []) server?.prepared.delete(name ?? '');
      awaited -= 1;
      if (awaited > 0 || bytes.toString('latin1', 5) !== 'I' || server === null) return;
      server.client = null;
      free.push(server);
      [before, server] = [server, null];
    }

    async function begin(): Promise<void> {
      try {
        const taken = await take(before);
        if (client.destroyed) return void taken.socket.destroy();
        server = taken;
        taken.client = { socket: client, hear };
        for (const message of waiting.splice(0)) pass(taken, message);
      } catch (error) {
        // As the server itself would refuse it.
        client.end(errorMessage(error));
      }
    }

    /** Names of statements are the client's own: on a connection each has another one, and is parsed where it is missing. */
    function pass({ socket, prepared, parsing }: Server, { type, bytes }: Message): void {
      const content = bytes.subarray(5);
      if (type === 'P') {
        const [own, rest] = cutText(content);
        parsing.push(null);
        if (own === '') return void socket.write(bytes);
        const name = `own_${names++}`;
        statements.set(own, { name, rest });
        prepared.add(name);
        return void socket.write(message('P', Buffer.concat([Buffer.from(`${name}\0`), rest])));
      }
      if (type !== 'B') return void socket.write(bytes);
      const [portal, named] = cutText(content);
      const [own, rest] = cutText(named);
      const statement = statements.get(own);
      if (statement === undefined) return void socket.write(bytes);
      if (!prepared.has(statement.name)) {
        prepared.add(statement.name);
        parsing.push(statement.name);
        socket.write(message('P', Buffer.concat([Buffer.from(`${statement.name}\0`), statement.rest])));
      }
      socket.write(message('B', Buffer.concat([Buffer.from(`${portal}\0${statement.name}\0`), rest])));
    }

    function send(sent: Message): void {
      const { type } = sent;
      if (type === 'X') return void client.end();
      if (type === 'Q' || type === 'S' || type === 'F') awaited += 1;
      if (server !== null) return void pass(server, sent);
      if (waiting.push(sent) === 1) void begin();
    }

    clients.add(client);
    client.setNoDelay(true);
    client.on('error', () => {});
    client.on('data', afterStartup(client, inMessages(send)));
    client.on('close', () => {
      clients.delete(client);
      waiting = [];
      // In the middle of a transaction, which ends with the connection.
      server?.socket.destroy();
      // Copying or dropping the database needs it without connections.
      if (clients.size === 0) retireAll();
    });
  }

  function retireAll(): void {
    const retired = free.splice(0).map(async ({ socket }) => {
      leftovers.push(...(await lookAt(socket)));
      socket.destroy();
    });
    retiring = Promise.all([retiring, ...retired]);
  }

  const listener = createServer(serve).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const own = new URL(url);
  own.port = `${(listener.address() as AddressInfo).port}`;

  return {
    url: own.href,
    async close() {
      for (const client of clients) client.destroy();
      listener.close();
      await once(listener, 'close');
      retireAll();
      await retiring;
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

/** A text that ends with a NUL, and what follows it. */
function cutText(bytes: Buffer): [string, Buffer] {
  const end = bytes.indexOf(0);
  return [bytes.toString('utf8', 0, end), bytes.subarray(end + 1)];
}

function message(type: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(content.length + 4);
  return Buffer.concat([Buffer.from(type), length, content]);
}

function errorMessage(error: unknown): Buffer {
  return message('E', Buffer.from(`SFATAL\0C08P01\0M${String(error)}\0\0`));
}
