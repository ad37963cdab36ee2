import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';

export interface Answer {
  status: number;
  text: string;
}

/** Posts bodies to one service over connections that stay open; the caller closes it. */
export interface Line {
  post(path: string, body: Buffer | string, headers?: Record<string, string>): Promise<Answer>;
  close(): void;
}

export function lineTo(url: string, ca: string): Line {
  const agent = new Agent({ keepAlive: true, ca });
  const send = (method: string, path: string, body: Buffer | string, headers: Record<string, string>) =>
    new Promise<Answer>((resolve, reject) => {
      request(new URL(path, url), { method, agent, headers }, (incoming) => {
        text(incoming).then((received) => resolve({ status: incoming.statusCode ?? 0, text: received }), reject);
      })
        .once('error', reject)
        .end(body);
    });
  return {
    post: (path, body, headers = {}) => send('POST', path, body, headers),
    close: () => agent.destroy(),
  };
}
