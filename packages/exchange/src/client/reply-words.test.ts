import { expect, it } from 'vitest';
import { timeForm, whyNoEnvelope } from './reply-words.ts';

it.each([
  ['', 'it is empty'],
  ['<html>Log in</html>', 'it is a page of HTML, and begins with "<html>Log in</html>"'],
  ['ok', 'it is not JSON, and begins with "ok"'],
  ['[1]', 'it is no JSON object, and begins with "[1]"'],
  ['{"code":0}', 'it has no ReplyData, and begins with "{\\"code\\":0}"'],
  ['{"replydata":{}}', 'ReplyData is spelled replydata: names are those of the scheme, capitals included'],
  ['{"ReplyData":"{}"}', 'ReplyData is a string, and the reply begins with "{\\"ReplyData\\":\\"{}\\"}"'],
  [Buffer.from('7b22c3fb223a31', 'hex'), 'it is not UTF-8, and begins with "{\\"名\\":1" as GBK'],
])('a reply that is no envelope is explained: %s', (body, says) => {
  expect(whyNoEnvelope(Buffer.from(body as string))).toBe(says);
});

it.each([
  ['2026-11-24T19:20:05', 'as in the scheme'],
  ['2026-11-24 19:20:05', 'with a space in place of T'],
  ['2026-11-24T19:20:05.123', 'with fractions of a second'],
  ['2026-11-24T11:20:05Z', 'with a zone'],
  ['24.11.2026', 'in another form, which cannot be read: "24.11.2026"'],
  [1795519205, 'no string: "1795519205"'],
  [undefined, 'missing'],
])('the form of the time %s is %s', (value, form) => {
  expect(timeForm(value)).toBe(form);
});
