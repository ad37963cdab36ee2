import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { APIS, epochOf } from '@ticket-check/protocol';
import { now } from '../cinema.ts';
import { type Case, fail, warn } from '../frame/case.ts';
import { bodyOf, partsOf, type Sending, type Signing, worded } from '../wire/send.ts';
import type { PlatformWorld } from './world.ts';

/** HTTPS, POST, and the envelope of requests and replies. Scheme 6.2 to 6.5, 7.2 to 7.5. */
export function transportCases(world: PlatformWorld): Case[] {
  const { ask, caller, cinemaCode } = world;
  const answered = (sending: Sending) => async () => {
    const reply = await world.post(body(), sending);
    return world.isAnswered(reply) ? '' : fail(`It was answered with ${worded(reply).slice(0, 200)}`);
  };
  const refused = (id: string, broken: () => string | Buffer): Case =>
    world.refusing(`envelope.refused.${id}`, () => world.post(broken()));
  const query = JSON.stringify({ CinemaCode: cinemaCode });
  const signed = (text: string, signing?: Signing) => () => bodyOf(partsOf(caller, APIS.getPublicKeys, text, signing));
  const body = signed(query);
  const without = (name: string) => () => JSON.stringify({ ...JSON.parse(body()), [name]: undefined });
  return [
    ask('reply.envelope', async () => {
      const { fault, text } = await world.askKeys();
      return fault === null ? '' : fail(`${fault}: ${text.slice(0, 100)}`);
    }),
    ask('reply.datetime', async () => {
      const { datetime } = await world.askKeys();
      if (datetime === null) return fail('There is no Datetime.');
      const off = Math.round(Math.abs(epochOf(datetime) - Date.now()) / 1000);
      return off > 300 ? fail(`${datetime} is ${off} s from the time here.`) : `${off} s off`;
    }),
    ask('http.tls-1.2', answered({ tls: { maxVersion: 'TLSv1.2' } })),
    ask('http.tls-1.1', async () => {
      const tls = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
      const reply = await world.post(body(), { tls }).catch(() => null);
      return reply === null ? '' : warn('A request over TLS 1.1 was answered.');
    }),
    ask('http.plain', async () => {
      const status = await plainStatus(caller.url, body());
      return status !== null && status < 300 ? fail(`Plain HTTP was answered with ${status}.`) : '';
    }),
    world.refusing('http.put', () => world.post(body(), { method: 'PUT' })),
    ask('http.chunked', answered({ chunked: true })),
    ask('http.expect', answered({ expectsContinue: true })),
    ask('http.no-content-type', answered({})),
    ask('http.form-content-type', answered({ headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })),
    refused('not-utf-8', () => Buffer.from(body(), 'utf16le')),
    refused('not-json', () => body().slice(0, -1)),
    refused('duplicate', () => body().replace('{', '{"Username":"somebody",')),
    refused('duplicate-query', signed(query.replace(/{(.*)}/, '{$1,$1}'))),
    ...['Version', 'Datetime', 'Username', 'Api', 'Signature', 'QueryData'].map((name) =>
      refused(`no-${name}`, without(name)),
    ),
    refused('version-2', signed(query, { version: '2.0' })),
    refused('datetime-form', signed(query, { datetime: `${now()}+08:00` })),
    refused('query-text', signed(JSON.stringify(query))),
    refused('api', () => bodyOf(partsOf(caller, 'GetNothing', query))),
    ...[-240, 240].map((seconds) =>
      ask(`clock.accepts.${seconds}`, async () =>
        world.isAnswered(await world.askKeys({ datetime: now(seconds) })) ? '' : fail('It was refused.'),
      ),
    ),
    ...[-3600, 3600].map((seconds) =>
      world.refusing(`clock.refuses.${seconds}`, () => world.askKeys({ datetime: now(seconds) })),
    ),
  ];
}

/** Asked last: every refusal that was seen has the envelope. Scheme 6.5.3; reading E9. */
export const errorsKeepEnvelope = (world: PlatformWorld): Case =>
  world.ask('reply.errors', async () => {
    const broken = world.refusals.filter(({ reply }) => reply.fault !== null);
    const [first] = broken;
    if (first === undefined) return `${world.refusals.length} refusals`;
    return fail(`${broken.length} of ${world.refusals.length} refusals are no envelope, first: ${first.id}.`);
  });

async function plainStatus(url: string, body: string): Promise<number | null> {
  const { hostname, port } = new URL(url);
  // Not fetch, which refuses some ports before it connects.
  const asked = request(`http://${hostname}:${port || 443}/`, { method: 'POST', agent: false }).end(body);
  const [reply]: IncomingMessage[] = await once(asked, 'response').catch(() => []);
  asked.destroy();
  return reply?.statusCode ?? null;
}
