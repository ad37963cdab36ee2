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
