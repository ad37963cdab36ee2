import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

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
