import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pino } from 'pino';

export type PostOptions = {
  ca: string;
  method?: string;
  headers?: Readonly<Record<string, string>>;
  /** Send the body in chunks, without Content-Length. */
  chunked?: boolean;
  localAddress?: string;
  /** Keeps the connection for others; without it, each has its own. */
  agent?: Agent;
};

export type RawReply = {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  text: string;
  /** The reply's envelope; throws where it is no JSON. */
  json(): { Version: string; Datetime: string; ReplyData: Record<string, unknown> };
};

/** Sends exactly these bytes, with no header but those named. */
export async function postRaw(url: string, body: string | Buffer, options: PostOptions): Promise<RawReply> {
  const { ca, method = 'POST', headers = {}, chunked = false, localAddress, agent = false } = options;
  const length = chunked ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const outgoing = request(url, { method, ca, localAddress, agent, headers: { ...length, ...headers } });
  if (chunked) outgoing.write(Buffer.from(body).subarray(0, body.length >> 1));
  outgoing.end(chunked ? Buffer.from(body).subarray(body.length >> 1) : body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  outgoing.on('error', () => {});
  const received = await text(incoming);
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    text: received,
    json: () => JSON.parse(received),
  };
}

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

export function keptLog() {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { logger, lines };
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Memory of this process that is still referenced, buffers included, in MiB. */
export function mebibytesInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 / 1024;
}
