import { once } from 'node:events';
import { connect } from 'node:tls';

/**
 * Sends the same body `times` times over one connection without waiting for any answer, so that neither side pays for a
 * handshake each time.
 *
 * @returns closes the connection
 */
export async function postPipelined(url: string, body: string, { ca, times }: { ca: string; times: number }) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), ca });
  await once(socket, 'secureConnect');
  socket.resume();
  socket.on('error', () => {});
  const head = `POST / HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  socket.write(`${head}${body}`.repeat(times));
  return () => void socket.destroy();
}
