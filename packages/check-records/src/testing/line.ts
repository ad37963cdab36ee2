import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A network line to a port of this machine that can be made to fail. */
export type Line = {
  readonly url: string;
  /** `up`: carries both ways. `down`: cuts every connection. `deaf`: carries what is sent, and cuts when the answer comes. */
  state: 'up' | 'down' | 'deaf';
};

export async function openLine(port: number): Promise<Line> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    if (line.state === 'down') {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    let asked = false;
    const holdsRequest = requestFinder();
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (data) => {
      if (line.state === 'down') near.destroy();
      asked ||= holdsRequest(data);
      far.write(data);
    });
    far.on('data', (data) => {
      if (line.state === 'down' || (line.state === 'deaf' && asked)) near.destroy();
      else near.write(data);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const line: Line = { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, state: 'up' };
  return line;
}

/**
 * Looks through what a TLS client sends for a request: a record of application data (23) that is longer than the end of a
 * handshake, with which it often shares a packet.
 */
function requestFinder(): (data: Buffer) => boolean {
  let rest = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    let found = false;
    while (rest.length >= 5) {
      const length = rest.readUInt16BE(3);
      found ||= rest[0] === 23 && length > 300;
      if (rest.length < 5 + length) break;
      rest = rest.subarray(5 + length);
    }
    return found;
  };
}
