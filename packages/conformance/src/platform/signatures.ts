import { createHash, generateKeyPairSync, privateEncrypt, sign } from 'node:crypto';
import { APIS, SCHEME_ALGORITHM, signedText } from '@ticket-check/protocol';
import { type Case, fail, warn } from '../frame/case.ts';
import { bodyOf, type Caller, partsOf, type Signing, worded } from '../wire/send.ts';
import type { PlatformWorld } from './world.ts';

type Kind = readonly [id: string, body: () => string];
type ValidKind = readonly [...Kind, isPlain?: 'plain'];

const pretty = (text: string, end = '\n') => JSON.stringify(JSON.parse(text), null, 2).replaceAll('\n', end);
const wide = (text: string) => text.replace(/[{}:,]/g, ' $& ');

/** The kinds of vectors/signatures.json, signed now with the account's key. Scheme 6.5.2.5; readings E2, E3, E5. */
function kindsOf(caller: Caller, cinemaCode: string) {
  const api = APIS.getPublicKeys;
  const plain = `{"CinemaCode":"${cinemaCode}"}`;
  // The elements beside CinemaCode are signed, and otherwise ignored.
  const money = `{"CinemaCode":"${cinemaCode}","Remark":"1 号厅, 巨幕","Rows":[{"RowNum":7,"Price":45.00,"Service":2.50}]}`;
  const parts = (query: string, signing?: Signing) => partsOf(caller, api, query, signing);
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
    ['hex', () => bodyOf(parts(plain, { form: 'hex' }))],
    ['raw', () => bodyOf(parts(plain, { form: 'raw' }))],
    ['digest-info', () => bodyOf(parts(plain, { form: 'digest-info' }))],
    ['upper-hex', () => sealed(upper)],
    ['lines-64', () => inLines(64, '\r\n')],
    ['lines-76', () => inLines(76, '\n')],
    ['escaped-slashes', () => bodyOf(parts(plain)).replaceAll('/', '\\/'), 'plain'],
    ['compact-pretty', () => swapped(plain, pretty(plain))],
    ['compact-crlf', () => swapped(plain, pretty(plain, '\r\n'))],
    ['compact-wide', () => swapped(plain, wide(plain))],
    ['version-number', () => bodyOf(parts(plain), '1.0')],
    ['version-1', () => bodyOf(parts(plain, { version: '1' }), '1')],
    ['pretty', () => swapped(pretty(plain), pretty(plain)), 'plain'],
    ['spaced-envelope', () => spaced(bodyOf(parts(plain))), 'plain'],
    ['escaped-username', () => escapedUsername(parts(plain)), 'plain'],
    ['money', () => bodyOf(parts(money)), 'plain'],
    ['escaped-query', () => bodyOf(parts(escaped(money))), 'plain'],
    ['slashes-query', () => bodyOf(parts(withRemark(plain, 'a\\/b'))), 'plain'],
    ['query-first', () => reordered(parts(plain)), 'plain'],
    ['more-elements', () => bodyOf(parts(plain)).replace('{', '{"AppId":"1",'), 'plain'],
    ['empty-query', () => bodyOf(parts('{}')), 'plain'],
    ['empty-spaced-query', () => bodyOf(parts('{ }')), 'plain'],
  ];
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const earlier = parts(plain, { datetime: new Date(Date.now() + 8 * 3_600_000 - 2000).toISOString().slice(0, 19) });
  const next = (letter: string) => (letter === 'B' ? 'C' : 'B');
  const invalid: readonly Kind[] = [
    ['pretty-compact', () => swapped(pretty(plain), plain)],
    ['pretty-wide', () => swapped(pretty(plain), wide(plain))],
    ['pretty-crlf', () => swapped(pretty(plain), pretty(plain, '\r\n'))],
    ['version-1', () => bodyOf(parts(plain, { version: '1' }), '"1.0"')],
    ['number-45', () => swapped(money, money.replace('45.00', '45'))],
    ['number-45.0', () => swapped(money, money.replace('45.00', '45.0'))],
    ['key-order', () => swapped(money, keysTurned(money))],
    ['escapes', () => swapped(money, escaped(money))],
    ['space-in-string', () => swapped(money, money.replace('1 号', '1  号'))],
    ['no-space-in-string', () => swapped(money.replaceAll(' ', ''), money)],
    ['other-key', () => bodyOf(partsOf({ ...caller, key: other }, api, plain))],
    ['other-datetime', () => bodyOf({ ...parts(plain), signature: earlier.signature })],
    ['other-username', () => changed({ username: `${caller.username}x` })],
    ['other-api', () => bodyOf({ ...partsOf(caller, APIS.getTicketInfo, plain), api })],
    [
      'other-query',
      () => swapped(plain.replace(cinemaCode, cinemaCode === '99999999' ? '11111111' : '99999999'), plain),
    ],
    ['more-in-query', () => swapped(plain, plain.replace('{', '{"X":1,'))],
    ['url-safe', () => edited((text) => text.replace(/^./, '-').replaceAll('+', '-').replaceAll('/', '_'))],
    ['unpadded', () => edited((text) => `${text.replace(/=+$/, '')}${text.endsWith('=') ? '' : 'A'}`)],
    ['trailing-bits', () => edited((text) => text.replace(/(.)(=*)$/, (_, last, end) => next(last) + end))],
    ['space', () => edited((text) => `${text.slice(0, 40)} ${text.slice(40)}`)],
    ['one-character', () => edited((text) => text.slice(0, 40) + next(text.charAt(40)) + text.slice(41))],
    ['text', () => changed({ signature: '签名' })],
    ['mixed-case', () => sealed((digits) => upper(digits.slice(0, 16)).replace(/^.{2}/, 'Aa') + digits.slice(16))],
    ['line-feed', () => sealed((digits) => `${digits}\n`)],
    ['sha256', () => made((text) => sign('sha256', Buffer.from(text), caller.key).toString('base64'))],
    ['hash-of-hash', () => sealed((digits) => md5(digits))],
    ['separators', () => made(() => SCHEME_ALGORITHM.sign(separated(parts(plain)), caller.key))],
    ['no-query', () => bodyOf({ ...parts(''), queryText: plain })],
  ];
  return { valid, invalid };
}

const seal = (caller: Caller, payload: string | Buffer): string =>
  privateEncrypt(caller.key, Buffer.from(payload)).toString('base64');
const withRemark = (query: string, remark: string) => query.replace('{', `{"Remark":"${remark}",`);
const spaced = (body: string) => body.replace(/,"(Datetime|Username|Api|Signature|QueryData)":/g, ',\n  "$1" :  ');
const escaped = (text: string, which = /[^\0-~]/g) =>
  text.replace(which, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
const escapedUsername = (parts: ReturnType<typeof partsOf>) =>
  bodyOf(parts).replace(JSON.stringify(parts.username), `"${escaped(parts.username, /./gs)}"`);
const keysTurned = (text: string) => text.replace('"RowNum":7,"Price":45.00', '"Price":45.00,"RowNum":7');
const separated = ({ version, datetime, username, api, queryText }: ReturnType<typeof partsOf>) =>
  [version, datetime, username, api, queryText].join('&');
const reordered = ({ version, datetime, username, api, signature, queryText }: ReturnType<typeof partsOf>) =>
  `{"QueryData":${queryText},"Signature":"${signature}","Api":"${api}","Username":${JSON.stringify(username)},"Datetime":"${datetime}","Version":"${version}"}`;

/** 22 kinds of valid signatures and 28 of invalid ones. */
export function signatureCases(world: PlatformWorld): Case[] {
  const { ask, caller, cinemaCode } = world;
  const { valid, invalid } = kindsOf(caller, cinemaCode);
  let ofNobody: string | undefined;
  const refusalOfNobody = async () => {
    const parts = partsOf(caller, APIS.getPublicKeys, `{"CinemaCode":"${cinemaCode}"}`);
    ofNobody ??= worded(await world.post(bodyOf({ ...parts, username: 'nobody-of-this-name' })));
    return ofNobody;
  };
  return [
    ...valid.map(([id, body, isPlain]) =>
      ask(`signature.valid.${id}`, async () => {
        const reply = await world.post(body());
        const isAccepted = id.startsWith('empty')
          ? worded(reply) !== (await refusalOfNobody())
          : world.isAnswered(reply);
        if (isAccepted) return '';
        const reason = `Refused with ${worded(reply).slice(0, 200)}`;
        return isPlain === 'plain' || id === 'hex' ? fail(reason) : warn(`${reason}. Other implementations sign so.`);
      }),
    ),
    ...invalid.map(([id, body]) =>
      ask(`signature.invalid.${id}`, async () => {
        const reply = await world.post(body());
        world.refusals.push({ id: `signature.invalid.${id}`, reply });
        if (world.isAnswered(reply)) return fail('It was answered as if the signature were valid.');
        const isEqual = worded(reply) === (await refusalOfNobody());
        return isEqual ? '' : warn(`It is refused in other words than an unknown username: ${worded(reply)}`);
      }),
    ),
  ];
}
