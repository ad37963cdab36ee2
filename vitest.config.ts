import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { placeForFiles } from './packages/storage/src/testing/place-for-files.ts';

// The tests start hundreds of processes and threads of the same programs, which compile them once.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.cache', 'compiled');

/** More than there are processors: tests wait for a period, a disk or a process for more than half of their time. */
const WORKERS = availableParallelism() + 2;

/**
 * Files that take longest start first: at the end one of them would leave a processor idle. `line`, where scans use up all the time
 * that they have, comes after those that keep both processors busy.
 */
const LONGEST = [
  ...['every-screen', 'eight-jobs', 'every-page', 'examples', 'start'].map((name) => `e2e/${name}.test.ts`),
  ...['cluster', 'power-cut', 'kill', 'restore', 'line', 'failover', 'clock'].map(
    (name) => `e2e/prove/${name}/${name}.test.ts`,
  ),
];

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

export default defineConfig({
  test: {
    globalSetup: ['packages/storage/src/testing/postgres-server.ts'],
    // V8 begins with a young generation of 1 MB and collects it all the time: a tenth of what the files of a process cost together.
    execArgv: ['--min-semi-space-size=16'],
    // Only what hangs takes as long, also on a machine a few times slower than most.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    sequence: { sequencer: LongestFirst },
    setupFiles: ['packages/runtime/src/testing/refuse-processes.ts', 'packages/storage/src/testing/keep-threads.ts'],
    // What `test:quick` leaves out.
    tags: [
      { name: 'postgres', description: 'Needs the PostgreSQL server of the run.' },
      { name: 'process', description: 'Starts a process, ours or another.' },
      { name: 'service', description: 'Starts a service, or a server of a part of one.' },
      { name: 'slow', description: 'Takes a second or more: makes many keys, goes through many cases, or waits.' },
    ],
    projects: [
      {
        extends: true,
        test: {
          name: 'workspace',
          include: ['packages/*/src/**/*.test.{ts,tsx}', 'apps/*/{src,console}/**/*.test.{ts,tsx}'],
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
          include: ['e2e/prove/**/*.test.ts'],
          isolate: false,
          experimental: NATIVELY,
          env: { TMPDIR: placeForFiles() },
          // Their services wait, for each other and for the time, about a third of it. With more of them at once platforms would not
          // answer within the time that a terminal gives them, which is a fault that no proof has made.
          maxWorkers: Math.min(availableParallelism() + 1, 3),
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
