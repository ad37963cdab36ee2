import { describe, expect, it } from 'vitest';
import { refusalOf } from '../testing/vectors.ts';
import { parseWallClock } from '../time.ts';
import { readReply, writeReply } from './reply.ts';

describe('replies', () => {
  const datetime = parseWallClock('2026-11-24T19:20:05');

  it('reads back what it writes', () => {
    const text = writeReply(datetime, { ReportResult: true });
    expect(text).toBe('{"Version":"1.0","Datetime":"2026-11-24T19:20:05","ReplyData":{"ReportResult":true}}');
    expect(readReply(Buffer.from(text))).toEqual({ datetime, replyData: { ReportResult: true } });
  });

  it.each([
    ['a byte order mark', '\ufeff{"ReplyData":{"A":1}}'],
    ['no Version and no Datetime', '{"ReplyData":{"A":1}}'],
    ['a Datetime of another form', '{"Version":1.0,"Datetime":"2026/11/24 19:20","ReplyData":{"A":1}}'],
    ['a Datetime that is null', '{"Datetime":null,"ReplyData":{"A":1},"Code":0,"Message":"成功"}'],
  ])('takes a reply with %s', (_, text) => {
    expect(readReply(Buffer.from(text))).toEqual({ datetime: null, replyData: { A: 1 } });
  });

  it.each(['2026-11-24 19:20:05', '2026-11-24T19:20:05.678', '2026-11-24T11:20:05Z', '2026-11-24T19:20:05.1+08:00'])(
    'reads the Datetime %s',
    (Datetime) => {
      expect(readReply(Buffer.from(JSON.stringify({ Datetime, ReplyData: {} }))).datetime).toBe(datetime);
    },
  );

  it.each([
    ['INVALID_JSON', '<html>502 Bad Gateway</html>'],
    ['INVALID_JSON', ''],
    ['INVALID_JSON', '{"ReplyData":{"A":1}'],
    ['INVALID_ENVELOPE', '[]'],
    ['INVALID_ENVELOPE', '{}'],
    ['INVALID_ENVELOPE', '{"ReplyData":null}'],
    ['INVALID_ENVELOPE', '{"ReplyData":[]}'],
    ['INVALID_ENVELOPE', '{"ReplyData":"{}"}'],
  ])('refuses as %s the reply %s', (error, text) => {
    expect(refusalOf(() => readReply(Buffer.from(text))).code).toBe(error);
  });

  it('refuses a reply that is not UTF-8', () => {
    expect(refusalOf(() => readReply(Buffer.from([0x7b, 0xff, 0x7d]))).code).toBe('INVALID_ENCODING');
  });
});
