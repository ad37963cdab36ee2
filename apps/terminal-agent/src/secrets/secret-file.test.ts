import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ensureScanToken, loadScanToken, scanTokenFile } from './secret-file.ts';

const directory = await mkdtemp(join(tmpdir(), 'scan-token-'));
afterAll(() => rm(directory, { recursive: true }));

it('makes one token, for its owner only', async () => {
  expect(await loadScanToken(directory)).toBeNull();
  const tokens = [await ensureScanToken(directory), await ensureScanToken(directory)];
  expect(new Set([...tokens, await loadScanToken(directory)]).size).toBe(1);
  expect((await stat(scanTokenFile(directory))).mode & 0o777).toBe(0o600);
});
