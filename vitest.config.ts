import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { placeForFiles } from './packages/storage/src/testing/place-for-files.ts';

// The tests start hundreds of processes and threads of the same programs, which compile them once.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.cache', 'compiled');

/** One more than there are processors: while some tests wait for a period, a disk or a process, another one works. */
const WORKERS = availableParallelism() + 1;

/** Files that take longest: begun last, one of them would end alone while a processor is idle. */
const LONGEST = ['restore', 'clock', 'power-cut', 'race'].map((name) => `e2e/prove/${name}/${name}.test.ts`);

/** Vitest knows how long files take only where they ran before. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const groupOf = ({ project }: TestSpecification) => project.config.sequence.groupOrder;
    const placeOf = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((path) => moduleId.endsWith(path));
      return place < 0 ? LONGEST.length : place;
    };
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => groupOf(a) - groupOf(b) || placeOf(a) - placeOf(b));
  }
}

/** Imports by Node itself, whose compile cache the processes of these tests share, in place of modules that Vite transforms. */
const NATIVELY = { viteModuleRunner: false, nodeLoader: false };

/** Proofs that keep several processors busy all the time. */
const PROOFS_ON_THEIR_OWN = ['kill', 'line'].map((name) => `e2e/prove/${name}/*.test.ts`);

export default defineConfig({
  test: {
    globalSetup: ['packages/storage/src/testing/postgres-server.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } },
    sequence: { sequencer: LongestFirst },
    setupFiles: ['packages/runtime/src/testing/refuse-processes.ts', 'packages/storage/src/testing/keep-threads.ts'],
    // What `test:quick` leaves out.
    tags: [
      { name: 'postgres', description: 'Needs the PostgreSQL server of the run.' },
      { name: 'process', description: 'Starts a process, ours or another.' },
      { name: 'service', description: 'Starts a whole service.' },
      { name: 'slow', description: 'Takes a second or more: makes many keys, goes through many cases, or waits.' },
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
          isolate: false,
          experimental: NATIVELY,
          env: { TMPDIR: placeForFiles() },
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'proofs',
          include: PROOFS_ON_THEIR_OWN,
          experimental: NATIVELY,
          env: { TMPDIR: placeForFiles() },
          // Each file keeps several services busy, and holds them to the time that a guest waits.
          maxWorkers: Math.max(1, Math.floor(availableParallelism() / 4)),
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'proofs-side-by-side',
          include: ['e2e/prove/**/*.test.ts'],
          experimental: NATIVELY,
          env: { TMPDIR: placeForFiles() },
          exclude: [...configDefaults.exclude, ...PROOFS_ON_THEIR_OWN],
          // Their services wait, for each other and for the time, about half of it.
          maxWorkers: Math.max(1, Math.min(availableParallelism(), 2)),
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
