import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { placeForFiles } from './packages/storage/src/testing/place-for-files.ts';

// The tests start hundreds of processes and threads of the same programs, which compile them once.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.cache', 'compiled');

/** One more than there are processors: while some tests wait for a period, a disk or a process, another one works. */
const WORKERS = availableParallelism() + 1;

export default defineConfig({
  test: {
    globalSetup: ['packages/storage/src/testing/postgres-server.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    setupFiles: ['packages/runtime/src/testing/refuse-processes.ts'],
    // What `test:quick` leaves out.
    tags: [
      { name: 'postgres', description: 'Needs the PostgreSQL server of the run.' },
      { name: 'process', description: 'Starts a process, ours or another.' },
      { name: 'service', description: 'Starts a whole service.' },
    ],
    projects: [
      {
        extends: true,
        test: {
          name: 'workspace',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts'],
          maxWorkers: WORKERS,
          env: { TMPDIR: placeForFiles() },
          // The files of a worker share what their modules made, key pairs above all.
          isolate: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'e2e/prove/**'],
          maxWorkers: WORKERS,
          env: { TMPDIR: placeForFiles() },
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'proofs',
          include: ['e2e/prove/**/*.test.ts'],
          // Each file keeps several services busy, and holds them to the time that a guest waits.
          maxWorkers: Math.max(1, Math.floor(availableParallelism() / 4)),
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
