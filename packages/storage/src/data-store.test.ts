import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeDataDirectory } from './data-store.ts';

test("a data directory is its owner's alone, one that was there before too", () => {
  const parent = mkdtempSync(join(tmpdir(), 'data-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const made = join(parent, 'made');
  const found = join(parent, 'found');
  mkdirSync(found);
  chmodSync(found, 0o755);
  for (const path of [made, found]) {
    makeDataDirectory(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  }
});
