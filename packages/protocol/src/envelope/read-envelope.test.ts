import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readCases, refusalOf } from '../testing/vectors.ts';
import { type Envelope, readEnvelope } from './read-envelope.ts';

type EnvelopeCase = {
  name: string;
  body?: string;
  bodyHex?: string;
  expected?: Omit<Envelope, 'query'>;
  error?: string;
  element?: string;
};

describe('request envelope', () => {
  it.each(readCases<EnvelopeCase>('envelopes.json'))('vector: $name', ({ body, bodyHex, expected, error, element }) => {
    const bytes = bodyHex === undefined ? Buffer.from(body!) : Buffer.from(bodyHex, 'hex');
    if (expected === undefined) {
      const refusal = refusalOf(() => readEnvelope(bytes));
      expect(refusal.code).toBe(error);
      expect(refusal.details?.element).toBe(element);
      if (element !== undefined) expect(refusal.message).toContain(element);
      return;
    }
    const { query, ...elements } = readEnvelope(bytes);
    expect(elements).toEqual(expected);
    expect(query).toEqual(JSON.parse(expected.queryText));
  });

  it.each([
    ['', 'INVALID_JSON', 'it is empty'],
    [' \n', 'INVALID_JSON', 'it is empty'],
    ['Version=1.0&Datetime=2026-11-24T19%3A20%3A05', 'INVALID_JSON', 'it is a form'],
    ['{"version":"1.0"}', 'INVALID_ENVELOPE', 'Version is missing: version should be Version'],
    ['{"Version":"1.0","datetime":""}', 'INVALID_ENVELOPE', 'Datetime is missing: datetime should be Datetime'],
    ['{"Version":"1.0"}', 'INVALID_ENVELOPE', /^Datetime is missing$/],
  ])('says what was sent instead of a request: %j', (body, code, message) => {
    const refusal = refusalOf(() => readEnvelope(Buffer.from(body)));
    expect(refusal.code).toBe(code);
    expect(refusal.message).toMatch(message);
  });

  it('names gzip, which no request may have', () => {
    const refusal = refusalOf(() => readEnvelope(gzipSync('{"Version":"1.0"}')));
    expect(refusal).toMatchObject({ code: 'UNSUPPORTED_ENCODING', status: 415 });
    expect(refusal.message).toContain('(gzip); send it uncompressed');
  });

  it('names the duplicate key', () => {
    const body = Buffer.from('{"QueryData":{"CheckTickets":[{"Price":1,"\\u0050rice":2}]}}');
    expect(refusalOf(() => readEnvelope(body)).message).toContain('"Price"');
  });

  it('does not repeat a key that is as long as the body', () => {
    const key = `"${'\\u0000'.repeat(100_000)}"`;
    const { code, message } = refusalOf(() => readEnvelope(Buffer.from(`{${key}:1,${key}:2}`)));
    expect(code).toBe('DUPLICATE_KEY');
    expect(message.length).toBeLessThan(300);
  });

  it('reads a body that nests as deep as it is long without running out of stack', () => {
    const depth = 200_000;
    const body = Buffer.from(`{"QueryData":{"A":${'['.repeat(depth)}${']'.repeat(depth)}}}`);
    expect(refusalOf(() => readEnvelope(body)).code).toBe('INVALID_ENVELOPE');
  });
});
