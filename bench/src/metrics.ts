import { request } from 'node:https';
import type { Target } from './load.ts';

/** Asks a service for `GET /metrics`, and answers what the series of a metric come to, those whose labels hold a text. */
export async function metricOf({ host, port, ca }: Target, name: string, label = ''): Promise<number> {
  const text = await new Promise<string>((resolve, reject) => {
    request({ host, port, path: '/metrics', ca, agent: false }, (reply) => {
      let body = '';
      reply.setEncoding('utf8').on('data', (part) => (body += part));
      reply.on('end', () => resolve(body));
    })
      .once('error', reject)
      .end();
  });
  let sum = 0;
  for (const [, labels = '', value] of text.matchAll(new RegExp(`^${name}(\\{.*\\})? (\\S+)$`, 'gm'))) {
    if (labels.includes(label)) sum += Number(value);
  }
  return sum;
}
