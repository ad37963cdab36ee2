import { expect, it } from 'vitest';
import { createLogger } from './index.ts';

it('writes one JSON object a line and no secret', () => {
  const lines: string[] = [];
  const logger = createLogger('national-platform', 'info', { write: (line) => lines.push(line) });
  logger.debug('not shown');
  logger.info({ username: 'terminal-1', account: { privateKey: 's3cret', deeper: { password: 's3cret' } } }, 'added');
  logger.child({ reqId: '7' }).warn({ headers: { authorization: 's3cret', cookie: 's3cret' }, Signature: 's3cret' });
  expect(lines).toHaveLength(2);
  expect(lines.join()).not.toContain('s3cret');
  expect(JSON.parse(lines[0] as string)).toMatchObject({
    level: 'info',
    name: 'national-platform',
    username: 'terminal-1',
    msg: 'added',
  });
  expect(JSON.parse(lines[1] as string)).toMatchObject({ level: 'warn', reqId: '7' });
});

it('escapes characters that could make a line look like another, and means the same', () => {
  const lines: string[] = [];
  const logger = createLogger('test', 'info', { write: (line) => lines.push(line) });
  const text = 'a\u0007b\u0085c\u009bd\u202ee\u2066f\u2028g\u2029h\u200fi\ufeffj\u007f票';
  logger.child({ text }).warn({ deeper: { [text]: text }, err: new Error(text) }, text);
  const [line = ''] = lines;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(line.trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/);
  expect(line).toContain('票');
  expect(JSON.parse(line)).toMatchObject({ text, msg: text, deeper: { [text]: text }, err: { message: text } });
});
