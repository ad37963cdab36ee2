import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty directory of its own, until the test has finished. */
export function aDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'ticket-check-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
