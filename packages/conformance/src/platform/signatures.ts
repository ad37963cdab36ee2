import { createHash, generateKeyPairSync, privateEncrypt, sign } from 'node:crypto';
import { APIS, SCHEME_ALGORITHM, signedText } from '@ticket-check/protocol';
import { type Case, fail, warn } from '../frame/case.ts';
import { bodyOf, type Caller, partsOf, type Signing, worded } from '../wire/send.ts';
import type { PlatformWorld } from './world.ts';

type Kind = readonly [id: string, title: string, body: () => string];
type ValidKind = readonly [...Kind, isPlain?: 'plain'];

const pretty = (text: string, end = '\n') => JSON.stringify(JSON.parse(text), null, 2).replaceAll('\n', end);
const wide = (text: string) => text.replace(/[{}:,]/g, ' $& ');

/** The kinds of vectors/signatures.json, signed now with the account's key. Scheme 6.5.2.5; readings E2, E3, E5. */
function kindsOf(caller: Caller, cinemaCode: string) {
  const api = APIS.getPublicKeys;
  const plain = `{"CinemaCode":"${cinemaCode}"}`;
  // What stands beside CinemaCode is signed, and otherwise ignored.
  const money = `{"CinemaCode":"${cinemaCode}","Remark":"1 号厅, 巨幕","Rows":[{"RowNum":7,"Price":45.00,"Service":2.50}]}`;
  const parts = (query: string, signing?: Signing) => partsOf(caller, api, query, signing);
  /** One text is signed and another one sent. */
  const swapped = (signed: string, sent: string, signing?: Signing) =>
    bodyOf({ ...parts(signed, signing), queryText: sent });
  /** The signature is made of something else. */
  const made = (make: (text: string) => string) => {
    const usual = parts(plain);
    return bodyOf({ ...usual, signature: make(signedText(usual)) });
  };
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const upper = (text: string) => text.toUpperCase();
  const sealed = (payload: (digits: string) => string | Buffer) => made((text) => seal(caller, payload(md5(text))));
  const edited = (edit: (signature: string) => string) => made((text) => edit(SCHEME_ALGORITHM.sign(text, caller.key)));
  const inLines = (length: number, end: string) =>
    edited((signature) => signature.replace(new RegExp(`.{${length}}`, 'g'), `$&${end}`));
  const changed = (change: Partial<ReturnType<typeof parts>>) => bodyOf({ ...parts(plain), ...change });

  const valid: readonly ValidKind[] = [
    ['hex', 'payload of 32 hex digits', () => bodyOf(parts(plain, { form: 'hex' }))],
    ['raw', 'payload of 16 bytes', () => bodyOf(parts(plain, { form: 'raw' }))],
    ['digest-info', 'payload of a DigestInfo (MD5withRSA)', () => bodyOf(parts(plain, { form: 'digest-info' }))],
    ['upper-hex', 'payload of upper-case hex digits', () => sealed(upper)],
    ['lines-64', 'Signature in lines of 64, CR LF', () => inLines(64, '\r\n')],
    ['lines-76', 'Signature in lines of 76, LF', () => inLines(76, '\n')],
    ['escaped-slashes', 'Signature with escaped slashes', () => bodyOf(parts(plain)).replaceAll('/', '\\/'), 'plain'],
    ['compact-pretty', 'signed compact, sent pretty', () => swapped(plain, pretty(plain))],
    ['compact-crlf', 'signed compact, sent pretty with CR LF', () => swapped(plain, pretty(plain, '\r\n'))],
    ['compact-wide', 'signed compact, sent with spaces', () => swapped(plain, wide(plain))],
    ['version-number', 'Version as the number 1.0', () => bodyOf(parts(plain), '1.0')],
    ['version-1', 'Version as the number 1', () => bodyOf(parts(plain, { version: '1' }), '1')],
    ['pretty', 'signed pretty, sent pretty', () => swapped(pretty(plain), pretty(plain)), 'plain'],
    ['spaced-envelope', 'white space between the elements', () => spaced(bodyOf(parts(plain))), 'plain'],
    ['escaped-username', 'Username with \\u escapes', () => escapedUsername(parts(plain)), 'plain'],
    ['money', 'Chinese text and 45.00 in QueryData', () => bodyOf(parts(money)), 'plain'],
    ['escaped-query', 'QueryData signed with its \\u escapes', () => bodyOf(parts(escaped(money))), 'plain'],
    [
      'slashes-query',
      'QueryData signed with an escaped slash',
      () => bodyOf(parts(withRemark(plain, 'a\\/b'))),
      'plain',
    ],
    ['query-first', 'elements in another order', () => reordered(parts(plain)), 'plain'],
    [
      'more-elements',
      'an element more in the envelope',
      () => bodyOf(parts(plain)).replace('{', '{"AppId":"1",'),
      'plain',
    ],
    ['empty-query', 'empty QueryData', () => bodyOf(parts('{}')), 'plain'],
    ['empty-spaced-query', 'empty QueryData with white space', () => bodyOf(parts('{ }')), 'plain'],
  ];
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const earlier = parts(plain, { datetime: new Date(Date.now() + 8 * 3_600_000 - 2000).toISOString().slice(0, 19) });
  const next = (letter: string) => (letter === 'B' ? 'C' : 'B');
  const invalid: readonly Kind[] = [
    ['pretty-compact', 'signed pretty, sent compact', () => swapped(pretty(plain), plain)],
    ['pretty-wide', 'signed pretty, sent with other white space', () => swapped(pretty(plain), wide(plain))],
    ['pretty-crlf', 'signed with LF, sent with CR LF', () => swapped(pretty(plain), pretty(plain, '\r\n'))],
    ['version-1', 'Version 1 signed, 1.0 sent', () => bodyOf(parts(plain, { version: '1' }), '"1.0"')],
    ['number-45', '45.00 signed, 45 sent', () => swapped(money, money.replace('45.00', '45'))],
    ['number-45.0', '45.00 signed, 45.0 sent', () => swapped(money, money.replace('45.00', '45.0'))],
    ['key-order', 'keys in another order than signed', () => swapped(money, keysTurned(money))],
    ['escapes', 'Chinese text escaped after signing', () => swapped(money, escaped(money))],
    ['space-in-string', 'white space added inside a string', () => swapped(money, money.replace('1 号', '1  号'))],
    [
      'no-space-in-string',
      'signed without the white space inside strings',
      () => swapped(money.replaceAll(' ', ''), money),
    ],
    ['other-key', 'signed with the key of nobody', () => bodyOf(partsOf({ ...caller, key: other }, api, plain))],
    ['other-datetime', 'another Datetime', () => bodyOf({ ...parts(plain), signature: earlier.signature })],
    ['other-username', 'another Username', () => changed({ username: `${caller.username}x` })],
    ['other-api', 'another Api', () => bodyOf({ ...partsOf(caller, APIS.getTicketInfo, plain), api })],
    [
      'other-query',
      'another value in QueryData',
      () =>
        swapped(
          plain.replace(/\d"/, (end) => (end === '0"' ? '1"' : '0"')),
          plain,
        ),
    ],
    ['more-in-query', 'an element more in QueryData', () => swapped(plain, plain.replace('{', '{"X":1,'))],
    [
      'url-safe',
      'Signature in URL-safe Base64',
      () => edited((text) => text.replace(/^./, '-').replaceAll('+', '-').replaceAll('/', '_')),
    ],
    [
      'unpadded',
      'Signature without padding',
      () => edited((text) => `${text.replace(/=+$/, '')}${text.endsWith('=') ? '' : 'A'}`),
    ],
    [
      'trailing-bits',
      'Signature with stray bits',
      () => edited((text) => text.replace(/(.)(=*)$/, (_, last, end) => next(last) + end)),
    ],
    ['space', 'a space in the Signature', () => edited((text) => `${text.slice(0, 40)} ${text.slice(40)}`)],
    [
      'one-character',
      'one character of the Signature changed',
      () => edited((text) => text.slice(0, 40) + next(text.charAt(40)) + text.slice(41)),
    ],
    ['text', 'a Signature that is plain text', () => changed({ signature: '签名' })],
    [
      'mixed-case',
      'hex digits in both cases',
      () => sealed((digits) => upper(digits.slice(0, 16)).replace(/^.{2}/, 'Aa') + digits.slice(16)),
    ],
    ['line-feed', 'hex digits and a line feed', () => sealed((digits) => `${digits}\n`)],
    ['sha256', 'SHA256withRSA', () => made((text) => sign('sha256', Buffer.from(text), caller.key).toString('base64'))],
    ['hash-of-hash', 'MD5 of the hex digits of the MD5', () => sealed((digits) => md5(digits))],
    [
      'separators',
      'separators between the elements',
      () => made(() => SCHEME_ALGORITHM.sign(separated(parts(plain)), caller.key)),
    ],
    ['no-query', 'QueryData left out of the text', () => bodyOf({ ...parts(''), queryText: plain })],
  ];
  return { valid, invalid };
}

const seal = (caller: Caller, payload: string | Buffer): string =>
  privateEncrypt(caller.key, Buffer.from(payload)).toString('base64');
const withRemark = (query: string, remark: string) => query.replace('{', `{"Remark":"${remark}",`);
const spaced = (body: string) => body.replace(/,"(Datetime|Username|Api|Signature|QueryData)":/g, ',\n  "$1" :  ');
const escaped = (text: string) =>
  text.replace(/[^\0-~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
const escapedUsername = (parts: ReturnType<typeof partsOf>) => {
  const all = parts.username.replace(/./gs, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return bodyOf(parts).replace(`"Username":${JSON.stringify(parts.username)}`, `"Username":"${all}"`);
};
const keysTurned = (text: string) => text.replace('"RowNum":7,"Price":45.00', '"Price":45.00,"RowNum":7');
const separated = ({ version, datetime, username, api, queryText }: ReturnType<typeof partsOf>) =>
  [version, datetime, username, api, queryText].join('&');
const reordered = ({ version, datetime, username, api, signature, queryText }: ReturnType<typeof partsOf>) =>
  `{"QueryData":${queryText},"Signature":"${signature}","Api":"${api}","Username":${JSON.stringify(username)},"Datetime":"${datetime}","Version":"${version}"}`;

/** 22 kinds of valid signatures and 28 of invalid ones. */
export function signatureCases(world: PlatformWorld): Case[] {
  const { caller, cinemaCode, chapter } = world;
  const { valid, invalid } = kindsOf(caller, cinemaCode);
  const clause = `${chapter}.5.2.5`;
  const refusalOfNobody = once(() => {
    const { signature, ...rest } = partsOf(caller, APIS.getPublicKeys, `{"CinemaCode":"${cinemaCode}"}`);
    return world.post(bodyOf({ ...rest, username: 'nobody-of-this-name', signature }));
  });
  return [
    ...valid.map(
      ([id, title, body, isPlain]): Case => ({
        ...{ id: `signature.valid.${id}`, clause, title: `accepts: ${title}` },
        advice:
          'Verify over the characters of QueryData as received; try it without white space too; accept the payloads hex, raw and DigestInfo (readings E2, E3, E5).',
        async run() {
          const refusal = worded(await refusalOfNobody());
          const reply = await world.post(body());
          const isAccepted = id.startsWith('empty') ? worded(reply) !== refusal : world.isAnswered(reply);
          if (isAccepted) return '';
          const reason = `Refused with ${worded(reply).slice(0, 200)}`;
          return isPlain === 'plain' || id === 'hex' ? fail(reason) : warn(`${reason}. Other implementations sign so.`);
        },
      }),
    ),
    ...invalid.map(
      ([id, title, body]): Case => ({
        ...{ id: `signature.invalid.${id}`, clause, title: `refuses: ${title}` },
        advice:
          'Refuse it with the answer that an unknown username gets: anybody else could have sent it (reading E3).',
        async run() {
          const reply = await world.post(body());
          world.refusals.push({ title, reply });
          if (world.isAnswered(reply)) return fail('It was answered as if the signature were valid.');
          const refusal = worded(await refusalOfNobody());
          if (worded(reply) !== refusal)
            return warn(`It is refused in other words than an unknown username: ${worded(reply)}`);
          return '';
        },
      }),
    ),
  ];
}

const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
};
