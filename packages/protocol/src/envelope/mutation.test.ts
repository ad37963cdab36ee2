// @module-tag slow
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { APIS } from '../messages/apis.ts';
import { editedBody } from '../testing/edited-bodies.ts';
import { testPrivateKey, testPublicKey } from '../testing/vectors.ts';
import { orNull } from '../text.ts';
import { parseWallClock } from '../time.ts';
import { readEnvelope } from './read-envelope.ts';
import { verifySignature, writeRequest } from './signature.ts';

const privateKey = testPrivateKey('account-2048');
const publicKey = testPublicKey('account-2048');

/** The five signed elements as a server takes them, or null if it refuses the body. */
const accepted = (body: Buffer): Record<string, unknown> | null => {
  const envelope = orNull(() => readEnvelope(body));
  const served: readonly string[] = Object.values(APIS);
  if (envelope === null || !served.includes(envelope.api) || !verifySignature(envelope, publicKey)) return null;
  const { datetime, username, api, query } = envelope;
  // 1 and 1.0 are one version.
  return { version: Number(envelope.version), datetime, username, api, query };
};

/** Nothing else than the original is ever accepted. */
function expectOriginalOrNone(body: Buffer): void {
  const value = accepted(body);
  if (value !== null) expect(value).toEqual(original);
}

const query = {
  CinemaCode: '31010001',
  CheckTickets: [
    { ScreenName: '1 号厅 "巨幕"', RowNum: 7, Price: JSON.parse('45.5'), Tags: [] },
    { ScreenName: '', RowNum: -1, Price: 0, Tags: [true, null, {}] },
  ],
};
const compact = writeRequest({
  datetime: parseWallClock('2026-11-24T19:20:05'),
  username: 'platform-1',
  api: APIS.reportOriginalCheckTickets,
  query,
  privateKey,
  form: 'hex',
});
const pretty = JSON.stringify(JSON.parse(compact), null, 2);
const original = accepted(Buffer.from(compact));

describe('a signed body that was changed', () => {
  it('is accepted unchanged, compact and pretty', () => {
    expect(original).toMatchObject({ username: 'platform-1', query });
    expect(accepted(Buffer.from(pretty))).toEqual(original);
  });

  it('never gives a signed element another value', () => {
    fc.assert(fc.property(editedBody(compact, pretty), expectOriginalOrNone), { numRuns: 20_000 });
  });

  it('never gives a signed element another value when one byte is replaced, at any place', () => {
    const bytes = Buffer.from(compact);
    for (let position = 0; position < bytes.length; position++) {
      for (const byte of Buffer.from('{}[],:"\\ \n09.-eaZ_/')) {
        const mutated = Buffer.from(bytes);
        mutated[position] = byte;
        expectOriginalOrNone(mutated);
      }
    }
  });

  it('never lets characters move between neighbouring elements', () => {
    const signedTextOf = ['1.0', '2026-11-24T19:20:05', 'platform-1', APIS.reportOriginalCheckTickets] as const;
    const head = signedTextOf.join('');
    const { Signature: signature, QueryData: data } = JSON.parse(compact);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: head.length }), { minLength: 3, maxLength: 3 }),
        fc.boolean(),
        (cuts, versionIsNumber) => {
          const [a = 0, b = 0, c = 0] = cuts.toSorted((x, y) => x - y);
          const elements = [head.slice(0, a), head.slice(a, b), head.slice(b, c), head.slice(c)];
          const [version = '', datetime, username, api] = elements;
          const versionToken = versionIsNumber ? version : JSON.stringify(version);
          const named = { Datetime: datetime, Username: username, Api: api, Signature: signature, QueryData: data };
          expectOriginalOrNone(Buffer.from(`{"Version":${versionToken},${JSON.stringify(named).slice(1)}`));
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
