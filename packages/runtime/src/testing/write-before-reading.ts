import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';

/**
 * Posts a body as a client does that writes everything before it reads, and asks for `/next` on the same connection.
 * Returns what came back, both replies in one text.
 */
export async function writeBeforeReading(
  url: string,
  body: Buffer,
  { ca, headers = {}, chunked = false }: { ca: string; headers?: Record<string, string>; chunked?: boolean },
): Promise<string> {
  const { hostname: host, port, pathname } = new URL(url);
  const socket = connect({ host, port: Number(port), ca });
  const length = chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(body.length) };
  const sent = Object.entries({ host: 'x', 'content-type': 'application/json', ...length, ...headers });
  const lines = sent.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`POST ${pathname} HTTP/1.1\r\n${lines}\r\n`);
  if (chunked) socket.write(`${body.length.toString(16)}\r\n`);
  socket.write(body);
  if (chunked) socket.write('\r\n0\r\n\r\n');
  socket.write('GET /next HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
  return text(socket);
}
