import { once } from 'node:events';
import { type BlockList, createServer, isIP, type Socket } from 'node:net';
import { DeviceFault } from '../../devices/run-devices.ts';
import type { ScannerDriver } from './scanner-driver.ts';

/** More than the scanners and converters of one port; a further connection ends the one that was silent longest. */
const MAX_CONNECTIONS = 8;

/** A scanner that is switched off does not close its connection. */
const PROBE_AFTER_MS = 10_000;

/** A port to which network scanners and serial converters connect; `from` are their addresses. */
export function tcpDriver({ host, port, from }: { host: string; port: number; from: BlockList }): ScannerDriver {
  return {
    driver: 'tcp',
    place: `${host} port ${port}`,
    async claim({ line: openLine, over, refused }) {
      const connections = new Set<Socket>();
      const server = createServer({ keepAlive: true, keepAliveInitialDelay: PROBE_AFTER_MS, noDelay: true }, take);

      function take(socket: Socket): void {
        const address = socket.remoteAddress ?? '';
        if (!from.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')) {
          socket.destroy();
          refused(address);
          return;
        }
        const [silentLongest] = connections;
        if (connections.size === MAX_CONNECTIONS) silentLongest?.destroy();
        connections.add(socket);
        const line = openLine(socket, address);
        socket.on('data', (bytes) => {
          // Keeps connections in the order of their last data.
          connections.delete(socket);
          connections.add(socket);
          line.bytes(bytes);
        });
        socket.on('error', () => {});
        socket.on('close', () => {
          connections.delete(socket);
          line.close();
        });
      }

      server.listen(port, host);
      try {
        await once(server, 'listening');
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EADDRINUSE') throw new DeviceFault('another program has it open', { cause: error });
        throw error;
      }
      server.on('error', ({ message: reason }) => over({ reason, isFinal: false }));

      return {
        async release() {
          const closed = once(server, 'close');
          server.close();
          for (const socket of connections) socket.destroy();
          await closed;
        },
      };
    },
  };
}
