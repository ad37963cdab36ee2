import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { APIS } from '../messages/apis.ts';
import { editedBody } from '../testing/edited-bodies.ts';
import { readCases, refusalOf, testPrivateKey, testPublicKey } from '../testing/vectors.ts';
import { atOnce as finish, orNull } from '../text.ts';
import { parseWallClock } from '../time.ts';
import { readEnvelope } from './read-envelope.ts';
import { readLargeEnvelope } from './read-large-envelope.ts';
import { verifySignature, writeRequest } from './signature.ts';

/** All that is read of a body in the two steps of a large one. */
function readInTwoSteps(body: Buffer) {
  const { readQuery, ...envelope } = finish(readLargeEnvelope(body));
  return { ...envelope, query: finish(readQuery()) };
}

/** Both read the same, or neither anything. */
function expectSame(bytes: Buffer): void {
  expect(orNull(() => readInTwoSteps(bytes))).toEqual(orNull(() => readEnvelope(bytes)));
}

const query = {
  CinemaCode: '31010001',
  CheckTickets: [
    { ScreenName: '1 号厅 "巨幕" \\', QueryData: { QueryData: [{}] }, Price: 45.5 },
    { ScreenName: '', RowNum: -1, Tags: [true, null, {}, '}', '"{'] },
  ],
};
const compact = writeRequest({
  datetime: parseWallClock('2026-11-24T19:20:05'),
  username: 'platform-1',
  api: APIS.reportOriginalCheckTickets,
  query,
  privateKey: testPrivateKey('account-2048'),
  form: 'hex',
});
const { QueryData, ...others } = JSON.parse(compact);
const bodies = [
  compact,
  JSON.stringify({ QueryData, ...others }),
  JSON.stringify({ QueryDatas: { QueryData: {} }, ...others, QueryData }),
  JSON.stringify({ ...others, Note: '"QueryData":{}', QueryData, Last: [{ QueryData: {} }] }, null, 2),
  compact.replace('"QueryData"', String.raw`"\u0051uery\u0044ata"`),
];

describe('a large body', () => {
  it.each(readCases<{ name: string; body?: string; bodyHex?: string }>('envelopes.json'))(
    'is read in two steps as it is at once, or refused by both: $name',
    ({ body, bodyHex }) => {
      expectSame(bodyHex === undefined ? Buffer.from(body!) : Buffer.from(bodyHex, 'hex'));
    },
  );

  it.each(bodies)('verifies whatever the order of its elements: %#', (body) => {
    const envelope = finish(readLargeEnvelope(Buffer.from(body)));
    expect(verifySignature(envelope, testPublicKey('account-2048'))).toBe(true);
    expect(readInTwoSteps(Buffer.from(body))).toEqual(readEnvelope(Buffer.from(body)));
  });

  it('never reads as something else than it is, however it was changed', { tags: 'slow' }, () => {
    fc.assert(fc.property(editedBody(...bodies), expectSame), { numRuns: 10_000 });
  });

  const around = (queryText: string | Buffer) =>
    Buffer.concat([
      Buffer.from(`${JSON.stringify(others).slice(0, -1)},"QueryData":`),
      Buffer.from(queryText),
      Buffer.from('}'),
    ]);

  it.each([
    ['a key twice at the top', '{"A":1,"A":2}', 'DUPLICATE_KEY'],
    ['a key twice deep inside', String.raw`{"A":[{"B":{"C":1,"\u0043":2}}]}`, 'DUPLICATE_KEY'],
    ['what is no JSON', '{"A":tru}', 'INVALID_JSON'],
    ['text after a string', '{"A":"1"x}', 'INVALID_JSON'],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'INVALID_ENCODING'],
  ])('is not read inside before its sender is known: %s', (_name, text, code) => {
    const envelope = finish(readLargeEnvelope(around(text)));
    expect(envelope).toMatchObject({ username: 'platform-1', api: APIS.reportOriginalCheckTickets });
    expect(refusalOf(() => finish(envelope.readQuery())).code).toBe(code);
  });

  it('keeps nothing of QueryData once it has been read', () => {
    const envelope = finish(readLargeEnvelope(around('{"A":1}')));
    expect(envelope.queryText).toBe('{"A":1}');
    expect(finish(envelope.readQuery())).toEqual({ A: 1 });
    expect(() => envelope.queryText).toThrow('not kept');
    expect(() => finish(envelope.readQuery())).toThrow('read already');
  });

  it.each([
    ['no QueryData', Buffer.from(JSON.stringify({ ...others, Query: QueryData }))],
    ['a list as QueryData', around('[{}]')],
    ['nothing but brackets', around(`{"A":${'['.repeat(1_000_000)}`)],
    ['more values than 1000 rows hold', around(`{"A":[${'0,'.repeat(100_001)}0]}`)],
    ['much beside QueryData', Buffer.from(JSON.stringify({ ...others, Note: 'x'.repeat(70_000), QueryData }))],
    ['only spaces', Buffer.alloc(1_000_000, ' ')],
    ['a key twice in what is no JSON', Buffer.from(`{"A":1,"A":2,${'x'.repeat(100_000)}`)],
    ['an open string', Buffer.from(`{"${'x'.repeat(100_000)}`)],
  ])('that holds %s is too large', (_name, body) => {
    expect(refusalOf(() => finish(readLargeEnvelope(body))).code).toBe('BODY_TOO_LARGE');
  });

  const escapedQuotes = String.raw`\"`.repeat(750_000);

  it.each([
    ['many values', around(`{"A":[${'{"B":"12345678"},'.repeat(40_000)}0]}`)],
    ['a long string', around(`{"A":"${'x'.repeat(750_000)}${escapedQuotes}"}`)],
    ['backslashes', around(`{"A":"${'\\'.repeat(1_500_000)}"}`)],
    ['a long key', Buffer.from(`{"${escapedQuotes}":1,"QueryData":{}}`)],
  ])('is walked over in parts: %s', (_name, body) => {
    const steps = readLargeEnvelope(body);
    let parts = 0;
    try {
      while (steps.next().done !== true) parts += 1;
    } catch (error) {
      expect(error).toMatchObject({ code: 'BODY_TOO_LARGE' });
    }
    expect(parts).toBeGreaterThan(10);
  });
});
