import { connect, createSecureContext, type SecureContext } from 'node:tls';

export function postRequest(body: string, headers: Record<string, string> = {}, path = '/'): Buffer {
  const bytes = Buffer.from(body, 'utf8');
  const all = { Host: 'bench', 'Content-Type': 'application/json', 'Content-Length': bytes.length, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), bytes]);
}

export type Target = { host: string; port: number; ca: string };

/** Head and body as a character for each byte, and the time from the sending of the request to the last byte. */
type Reply = { status: number; text: string; ms: number };

export type Connection = ReturnType<typeof openConnection>;

const LONGEST_OPENING_MS = 30_000;

const contexts = new Map<string, SecureContext>();

/** Reading the CA each time would cost the generator as much as the handshake. */
function contextOf(ca: string): SecureContext {
  const context = contexts.get(ca) ?? createSecureContext({ ca });
  contexts.set(ca, context);
  return context;
}

export function openConnection({ host, port, ca }: Target) {
  const socket = connect({ host, port, secureContext: contextOf(ca) });
  const opened = Promise.withResolvers<void>();
  let waiting: PromiseWithResolvers<Reply> | undefined;
  let lost: Error | undefined;
  let sentAt = 0;
  let received = '';

  const lose = (error: Error) => {
    lost ??= error;
    opened.reject(lost);
    waiting?.reject(lost);
  };
  opened.promise.catch(() => {}); // later calls get the rejection
  socket.setNoDelay(true);
  socket.setTimeout(LONGEST_OPENING_MS, () => socket.destroy());
  socket.once('secureConnect', () => {
    socket.setTimeout(0);
    opened.resolve();
  });
  socket.on('error', lose);
  socket.on('close', () => lose(new Error(`the connection to port ${port} was closed`)));
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    if (!isWhole(received)) return;
    const text = received;
    received = '';
    waiting?.resolve({ status: Number(text.slice(9, 12)), text, ms: performance.now() - sentAt });
  });

  return {
    /** Resolves when the handshake is done; rejects where there is no connection within 30 seconds. */
    opened: opened.promise,
    /** Sends a request, when the one before was answered; rejects where the connection is lost before the answer. */
    ask(request: Buffer): Promise<Reply> {
      if (lost !== undefined) return Promise.reject(lost);
      waiting = Promise.withResolvers<Reply>();
      sentAt = performance.now();
      socket.write(request);
      return waiting.promise;
    },
    close: () => void socket.destroy(),
  };
}

function isWhole(text: string): boolean {
  const headEnd = text.indexOf('\r\n\r\n');
  const length = headEnd < 0 ? undefined : /content-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1];
  return length !== undefined && text.length - headEnd - 4 >= Number(length);
}

/** Connections opened at a time: more would overflow the system's accept queue. */
const OPENED_AT_A_TIME = 100;

export async function openLoad(target: Target, count: number) {
  const connections: Connection[] = [];
  const close = () => {
    for (const connection of connections) connection.close();
  };
  try {
    while (connections.length < count) {
      const some = Math.min(OPENED_AT_A_TIME, count - connections.length);
      connections.push(...Array.from({ length: some }, () => openConnection(target)));
      await Promise.all(connections.slice(-some).map(({ opened }) => opened));
    }
  } catch (error) {
    close();
    throw error;
  }

  /** Each connection takes the next item when it has finished the last, until none is left or `work` answers that it is used up. */
  async function each<T>(items: readonly T[], work: (connection: Connection, item: T) => Promise<boolean>) {
    const left = items.values();
    const workOff = async (connection: Connection) => {
      for (const item of left) if (!(await work(connection, item))) return;
    };
    await Promise.all(connections.map(workOff));
  }

  return {
    each,
    /** Sends all requests and answers how many replies came a second; throws unless each reply is a 200 that holds `expected`. */
    async send(requests: readonly Buffer[], expected: string): Promise<number> {
      const startedAt = performance.now();
      await each(requests, async (connection, request) => {
        const { status, text } = await connection.ask(request);
        if (status === 200 && text.includes(expected)) return true;
        throw new Error(`not the reply that was expected: ${text.slice(0, 600)}`);
      });
      return requests.length / ((performance.now() - startedAt) / 1000);
    },
    close,
  };
}
