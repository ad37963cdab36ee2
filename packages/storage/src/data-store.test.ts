import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeDataDirectory } from './data-store.ts';
import { aDirectory } from './testing/directory.ts';
import { mountSmallDisk } from './testing/small-disk.ts';

test('a data directory is accessible only to its owner, an existing one too', () => {
  const parent = aDirectory();
  const made = join(parent, 'made');
  const found = join(parent, 'found');
  mkdirSync(found);
  chmodSync(found, 0o755);
  for (const path of [made, found]) {
    makeDataDirectory(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  }
});

test('a data directory with a fixed mode is refused if everybody can enter it, and reported if a group can', () => {
  const { path, makeReadOnly } = mountSmallDisk(1);
  function make(mode: number): string | null {
    makeReadOnly(false);
    chmodSync(path, mode);
    makeReadOnly(true);
    return makeDataDirectory(path);
  }
  expect(make(0o700)).toBeNull();
  const { gid } = statSync(path);
  expect(make(0o2770)).toMatch(new RegExp(`mode 2770.+EROFS.+group ${gid} can enter`));
  for (const mode of [0o755, 0o705, 0o701, 0o777]) {
    expect(() => make(mode)).toThrow(
      expect.objectContaining({
        code: 'CANNOT_OPEN',
        message: expect.stringMatching(new RegExp(`mode ${mode.toString(8)}.+everybody.+EROFS.+chmod`)),
      }),
    );
  }
});
