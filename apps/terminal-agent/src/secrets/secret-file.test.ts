import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { aDirectory } from '@ticket-check/storage/testing/directory';
import { expect, it } from 'vitest';
import { ensureWebhookSecret } from '../gate/drivers/webhook-gate.ts';
import { ensureScanToken } from './secret-file.ts';

it.each([
  ['scan token', ensureScanToken, /^[\w-]{43}$/],
  ['secret of webhooks', ensureWebhookSecret, /^whsec_[A-Za-z0-9+/]{43}=$/],
])('makes one %s, for its owner only', async (_name, ensure, form) => {
  const directory = aDirectory();
  const secret = await ensure(directory);
  expect(secret).toMatch(form);
  expect(await ensure(directory)).toBe(secret);
  const [file = ''] = await readdir(directory);
  expect((await stat(join(directory, file))).mode & 0o777).toBe(0o600);
});
