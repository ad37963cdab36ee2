// @module-tag process
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runFixture, startFixture } from './testing/run-fixture.ts';

async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'compiled-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** The names of the files under it, with the folders that they are in. */
const namesIn = (directory: string) => readdir(directory, { recursive: true });

describe('what Node compiled', () => {
  it('is kept beside the sources where nothing else is said', async () => {
    const { stdout } = await runFixture(['compiled'], { NODE_COMPILE_CACHE: '' });
    expect(stdout).toContain(join(import.meta.dirname, '../../../node_modules/.cache/compiled'));
  });

  it('is kept as soon as a service runs, which may end without notice', async () => {
    const directory = await emptyDirectory();
    const service = startFixture(['serve'], { PORT: '0', NODE_COMPILE_CACHE: directory });
    const ended = once(service.child, 'exit');
    onTestFinished(async () => {
      service.child.kill('SIGKILL');
      await ended;
    });
    await service.said(/^ready /m);
    // The sources, and what they are made of.
    expect((await namesIn(directory)).length).toBeGreaterThan(100);
  });
});
