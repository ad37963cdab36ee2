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
