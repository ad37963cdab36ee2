import { Agent, request } from 'node:http';
import { APIS, epochOf } from '@ticket-check/protocol';
import { now } from '../cinema.ts';
import { type Case, fail, warn } from '../frame/case.ts';
import { bodyOf, partsOf, type Sending, worded } from '../wire/send.ts';
import type { PlatformWorld } from './world.ts';

/** HTTPS, POST, and the envelope of requests and replies. Scheme 6.2 to 6.5, 7.2 to 7.5. */
export function transportCases(world: PlatformWorld): Case[] {
  const { chapter, caller, cinemaCode } = world;
  const query = JSON.stringify({ CinemaCode: cinemaCode });
  const body = () => bodyOf(partsOf(caller, APIS.getPublicKeys, query));

  const accepted = (id: string, title: string, sending: Sending): Case => ({
    ...{ id: `http.${id}`, clause: `${chapter}.3`, title },
    advice: 'Read the body as UTF-8 JSON whatever its headers say (reading E1).',
    async run() {
      const reply = await world.post(body(), sending);
      return world.isAnswered(reply) ? '' : fail(`It was answered with ${worded(reply).slice(0, 200)}`);
    },
  });

  const refused = (id: string, title: string, broken: () => string | Buffer): Case => ({
    ...{ id: `envelope.refused.${id}`, clause: `${chapter}.5.2`, title: `refuses: ${title}` },
    advice: 'Refuse the request with an error in the envelope of a reply (readings E4, E5, E9).',
    async run() {
      const reply = await world.post(broken());
      world.refusals.push({ title, reply });
      return world.isAnswered(reply) ? fail('It was answered.') : '';
    },
  });
  const without = (name: string) => () => {
    const elements = JSON.parse(body());
    delete elements[name];
    return JSON.stringify(elements);
  };
  const replaced = (from: string | RegExp, to: string) => () => body().replace(from, to);

  return [
    {
      ...{ id: 'reply.envelope', clause: `${chapter}.5.3`, title: 'answers with Version, Datetime and ReplyData' },
      advice: 'Answer {"Version":"1.0","Datetime":"YYYY-MM-DDThh:mm:ss","ReplyData":{…}} in UTF-8.',
      async run() {
        const { fault, text } = await world.askKeys();
        if (fault !== null) fail(`${fault}: ${text.slice(0, 100)}`);
        return '';
      },
    },
    {
      ...{ id: 'reply.datetime', clause: `${chapter}.5.3.2`, title: 'Datetime is the time in Shanghai' },
      advice: 'Set the clock, and write the wall clock of Asia/Shanghai (reading E6).',
      async run() {
        const { datetime } = await world.askKeys();
        if (datetime === null) return fail('There is no Datetime.');
        const off = Math.round(Math.abs(epochOf(datetime) - Date.now()) / 1000);
        return off > 300 ? fail(`${datetime} is ${off} s from the time here.`) : `${off} s off`;
      },
    },
    accepted('tls-1.2', 'speaks TLS 1.2', { tls: { maxVersion: 'TLSv1.2' } }),
    {
      ...{ id: 'http.tls-1.1', clause: `${chapter}.3`, title: 'does not speak TLS 1.1' },
      advice: 'Switch TLS 1.0 and 1.1 off (reading E1).',
      async run() {
        const tls = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
        const reply = await world.post(body(), { tls }).catch(() => null);
        return reply === null ? '' : warn('A request over TLS 1.1 was answered.');
      },
    },
    {
      ...{ id: 'http.plain', clause: `${chapter}.3`, title: 'does not answer without TLS' },
      advice: 'Serve HTTPS only.',
      async run() {
        const status = await plainStatus(caller.url, body());
        return status !== null && status < 300 ? fail(`Plain HTTP was answered with ${status}.`) : '';
      },
    },
    {
      ...{ id: 'http.get', clause: `${chapter}.3`, title: 'answers nothing but POST' },
      advice: 'Refuse other methods.',
      async run() {
        const reply = await world.post(body(), { method: 'PUT' });
        world.refusals.push({ title: 'PUT', reply });
        return world.isAnswered(reply) ? fail('PUT was answered.') : '';
      },
    },
    accepted('chunked', 'accepts a chunked body', { chunked: true }),
    accepted('expect', 'accepts Expect: 100-continue', { expectsContinue: true }),
    accepted('no-content-type', 'accepts a body without Content-Type', {}),
    accepted('form-content-type', 'accepts the Content-Type that Java sends unasked', {
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    }),
    refused('not-utf-8', 'a body in UTF-16', () => Buffer.from(body(), 'utf16le')),
    refused('not-json', 'a body that is no JSON', () => body().slice(0, -1)),
    refused('duplicate', 'an element twice', replaced('{', '{"Username":"somebody",')),
    refused('duplicate-query', 'an element of QueryData twice', () =>
      bodyOf(partsOf(caller, APIS.getPublicKeys, `{"CinemaCode":"${cinemaCode}","CinemaCode":"${cinemaCode}"}`)),
    ),
    ...['Version', 'Datetime', 'Username', 'Api', 'Signature', 'QueryData'].map((name) =>
      refused(`no-${name}`, `a request without ${name}`, without(name)),
    ),
    refused('version-2', 'Version 2.0', () => bodyOf(partsOf(caller, APIS.getPublicKeys, query, { version: '2.0' }))),
    refused('datetime-form', 'a Datetime with a zone', () =>
      bodyOf(partsOf(caller, APIS.getPublicKeys, query, { datetime: `${now()}+08:00` })),
    ),
    refused('query-text', 'QueryData as a text', () =>
      bodyOf(partsOf(caller, APIS.getPublicKeys, JSON.stringify(query))),
    ),
    refused('api', 'an Api that the scheme does not have', () => bodyOf(partsOf(caller, 'GetNothing', query))),
    ...[-240, 240].map(
      (seconds): Case => ({
        ...{ id: `clock.accepts.${seconds}`, clause: `${chapter}.5.2.2`, title: `accepts a Datetime ${seconds} s off` },
        advice: 'Accept requests whose Datetime is up to five minutes from your clock (reading E6).',
        run: async () =>
          world.isAnswered(await world.askKeys({ datetime: now(seconds) })) ? '' : fail('It was refused.'),
      }),
    ),
    ...[-3600, 3600].map(
      (seconds): Case => ({
        ...{ id: `clock.refuses.${seconds}`, clause: `${chapter}.5.2.2`, title: `refuses a Datetime ${seconds} s off` },
        advice:
          'Refuse requests whose Datetime is more than five minutes off: nothing else bounds a replay (reading E7).',
        async run() {
          const reply = await world.askKeys({ datetime: now(seconds) });
          world.refusals.push({ title: `Datetime ${seconds} s off`, reply });
          return world.isAnswered(reply) ? fail('It was answered.') : '';
        },
      }),
    ),
  ];
}

/** Asked last: every refusal that was seen has the envelope. Scheme 6.5.3; reading E9. */
export const errorsKeepEnvelope = (world: PlatformWorld): Case => ({
  ...{ id: 'reply.errors', clause: `${world.chapter}.5.3`, title: 'errors keep the envelope of replies' },
  advice: 'Answer errors with Version, Datetime and ReplyData, which holds ErrorCode and ErrorMessage (reading E9).',
  async run() {
    const broken = world.refusals.filter(({ reply }) => reply.fault !== null);
    const [first] = broken;
    if (first === undefined) return `${world.refusals.length} refusals`;
    return fail(`${broken.length} of ${world.refusals.length} refusals are no envelope, first: ${first.title}.`);
  },
});

const plainStatus = (url: string, body: string): Promise<number | null> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const outgoing = request({ hostname, port: port || 443, method: 'POST', agent: new Agent() }, (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode ?? null);
    });
    outgoing.on('error', () => resolve(null)).end(body);
  });
