import { describe, expect, it } from 'vitest';
import { throughJson } from '../testing/samples.ts';
import { refusalOf, testCinemaKey } from '../testing/vectors.ts';
import { publicKeysReplyJson, publicKeysReplySteps, readPublicKeysReply } from './public-keys.ts';

const keys = ['cinema-2048', 'cinema-1024'].map(testCinemaKey);

describe('ReplyData of GetPublicKeys', () => {
  it('is read back, in its order', () => {
    const wire = throughJson(publicKeysReplyJson(keys));
    expect(wire).toEqual({
      PublicKeys: keys.map(({ spki, startTime }) => ({ PublicKey: spki, StartTime: startTime })),
    });
    const reply = readPublicKeysReply(wire);
    expect(reply.unusable).toEqual([]);
    expect(reply.keys.map(({ fingerprint, startTime }) => [fingerprint, startTime])).toEqual(
      keys.map(({ fingerprint, startTime }) => [fingerprint, startTime]),
    );
  });

  it('keeps the good keys of a reply and says of each other one what is wrong', () => {
    const [good] = publicKeysReplyJson(keys).PublicKeys;
    const reply = readPublicKeysReply({
      PublicKeys: [
        { ...good, PublicKey: '公钥字符串' },
        good,
        null,
        { PublicKey: good?.PublicKey },
        { ...good, StartTime: 'x' },
      ],
    });
    expect(reply.keys).toHaveLength(1);
    expect(reply.unusable.map(({ index, errorCode }) => [index, errorCode])).toEqual([
      [0, 'PUBLIC_KEY_UNREADABLE'],
      [2, 'WRONG_TYPE'],
      [3, 'MISSING_ELEMENT'],
      [4, 'INVALID_DATETIME'],
    ]);
  });

  it('reads a StartTime in the forms of other servers', () => {
    const [row] = publicKeysReplyJson(keys).PublicKeys;
    const forms = ['2026-01-02 08:00:00', '2026-01-02T08:00:00.000', '2026-01-02T00:00:00.000Z'];
    const reply = readPublicKeysReply({ PublicKeys: forms.map((StartTime) => ({ ...row, StartTime })) });
    expect(reply.unusable).toEqual([]);
    expect(reply.keys.map(({ startTime }) => startTime)).toEqual(forms.map(() => '2026-01-02T08:00:00'));
  });

  it('reads the 64 keys with the latest StartTime of a reply that holds more, and says how many it left out', () => {
    const rows = Array.from({ length: 70 }, (_, index) => ({
      PublicKey: 'no key',
      StartTime: `2026-01-01T00:00:${String((index * 7) % 60).padStart(2, '0')}`,
    }));
    const late = { PublicKey: 'no key', StartTime: '2026-02-01T00:00:00' };
    const reply = readPublicKeysReply({ PublicKeys: [...rows, late, 'no row'] });
    expect(reply).toMatchObject({ keys: [], beyondLimit: 8 });
    expect(reply.unusable).toHaveLength(64);
    expect(reply.unusable.at(-1)?.index).toBe(70);
  });

  it('reads in steps, each of one key or of some hundred rows, so that others have their turn', () => {
    const row = publicKeysReplyJson(keys).PublicKeys[0];
    const stepsOf = (rows: readonly unknown[]) => {
      const steps = publicKeysReplySteps({ PublicKeys: rows });
      let count = 0;
      while (steps.next().done !== true) count += 1;
      return count;
    };
    expect(stepsOf(Array(64).fill(row))).toBe(64);
    expect(stepsOf(Array(100_000).fill(row))).toBeGreaterThan(100);
  });

  it('takes an empty list as it is', () => {
    expect(readPublicKeysReply({ PublicKeys: [] })).toEqual({
      keys: [],
      unusable: [],
      beyondLimit: 0,
      refreshed: true,
      cinemaName: '',
    });
  });

  it('tells an extended caller whether the keys were fetched for its question, and the name of the cinema; a plain peer is taken at its word', () => {
    const named = publicKeysReplyJson(keys, { refreshed: true, cinemaName: '星河影城' });
    expect(readPublicKeysReply(throughJson(named)).cinemaName).toBe('星河影城');
    expect(readPublicKeysReply(throughJson(publicKeysReplyJson(keys, { refreshed: false }))).refreshed).toBe(false);
    expect(readPublicKeysReply(throughJson(publicKeysReplyJson(keys, { refreshed: true }))).refreshed).toBe(true);
    expect(readPublicKeysReply(throughJson(publicKeysReplyJson(keys))).refreshed).toBe(true);
  });

  it('refuses a reply without a list, with what the peer said', () => {
    expect(refusalOf(() => readPublicKeysReply({})).code).toBe('UPSTREAM_UNAVAILABLE');
    const replyData = { ErrorCode: 'KEYS_UNAVAILABLE', ErrorMessage: 'none yet' };
    expect(refusalOf(() => readPublicKeysReply(replyData))).toMatchObject({
      code: 'KEYS_UNAVAILABLE',
      message: 'none yet',
    });
  });
});
