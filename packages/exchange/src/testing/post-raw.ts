import { type Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';

export type PostOptions = {
  ca: string;
  method?: string;
  headers?: Readonly<Record<string, string>>;
  /** Send the body in chunks, without Content-Length. */
  chunked?: boolean;
  /** The address to send from. */
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
export function postRaw(url: string, body: string | Buffer, options: PostOptions): Promise<RawReply> {
  const { ca, method = 'POST', headers = {}, chunked = false, localAddress, agent = false } = options;
  return new Promise((resolve, reject) => {
    const length = chunked ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = { method, ca, localAddress, agent, headers: { ...length, ...headers } };
    const outgoing = request(url, sent, (incoming) => {
      text(incoming).then((received) => {
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          text: received,
          json: () => JSON.parse(received),
        });
      }, reject);
    });
    outgoing.on('error', reject);
    if (chunked) {
      const bytes = Buffer.from(body);
      const half = Math.floor(bytes.length / 2);
      outgoing.write(bytes.subarray(0, half));
      outgoing.end(bytes.subarray(half));
    } else outgoing.end(body);
  });
}
