import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file that is seen whole or not at all, also after a power cut. `publish` names the draft: by a link, which
 * replaces nothing, or by renaming it.
 */
export function writeDurably(path: string, content: string, mode: number, publish: (draft: string) => void): void {
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    writeFileSync(draft, content, { flag: 'wx', mode, flush: true });
    publish(draft);
    syncDirectory(dirname(path));
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Makes the names in a directory durable. A key that a power loss takes back would make its database unreadable. */
export function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
