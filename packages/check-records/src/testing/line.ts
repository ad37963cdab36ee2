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
      // Application data of TLS: the handshake is over and a request is under way.
      asked ||= data[0] === 23 && data.length > 500;
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
