import { connect, type TLSSocket } from 'node:tls';

/** A request as the bytes that go over the wire. */
export function postRequest(body: string): Buffer {
  const bytes = Buffer.from(body, 'utf8');
  const head = `POST / HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

export interface Load {
  port: number;
  host: string;
  ca: string;
  connections: number;
}

/** Kept-alive TLS connections to one server; `send` spreads requests over them, one at a time on each. */
export async function openLoad({ host, port, ca, connections }: Load) {
  const sockets = await Promise.all(
    Array.from(
      { length: connections },
      () =>
        new Promise<TLSSocket>((resolve, reject) => {
          const socket: TLSSocket = connect({ host, port, ca }, () => {
            socket.setNoDelay(true);
            resolve(socket);
          });
          socket.once('error', reject);
        }),
    ),
  );

  return {
    /** Sends all requests and answers how many replies came a second; throws unless each reply is a 200 that holds `expected`. */
    async send(requests: readonly Buffer[], expected: string): Promise<number> {
      let next = 0;
      const startedAt = process.hrtime.bigint();
      await Promise.all(
        sockets.map(
          (socket) =>
            new Promise<void>((resolve, reject) => {
              let received = '';
              const done = (error?: Error) => {
                socket.off('data', onData);
                socket.off('error', done);
                if (error) reject(error);
                else resolve();
              };
              const sendNext = () => {
                const request = requests[next++];
                if (request === undefined) return done();
                socket.write(request);
              };
              const onData = (chunk: Buffer) => {
                received += chunk.toString('latin1');
                if (!isWhole(received)) return;
                if (!received.startsWith('HTTP/1.1 200') || !received.includes(expected)) {
                  return done(new Error(`not the reply that was expected: ${received.slice(0, 600)}`));
                }
                received = '';
                sendNext();
              };
              socket.on('data', onData);
              socket.on('error', done);
              sendNext();
            }),
        ),
      );
      return requests.length / (Number(process.hrtime.bigint() - startedAt) / 1e9);
    },
    close(): void {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function isWhole(text: string): boolean {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const length = /content-length: (\d+)/i.exec(text.slice(0, headEnd))?.[1];
  return length !== undefined && text.length - headEnd - 4 >= Number(length);
}
