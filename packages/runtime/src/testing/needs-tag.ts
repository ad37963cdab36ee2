import { TestRunner } from 'vitest';

/** What a run may leave out, as vitest.config.ts has it. */
export type TestTag = 'postgres' | 'process' | 'service';

/** Throws where a run leaves out the tests of a tag and one without it does what the tag stands for. */
export function needsTag(tag: TestTag): void {
  if (TestRunner.matchesTags([tag])) return;
  throw new Error(`A quick run does without this: tag the test \`${tag}\`, or its file with \`@module-tag ${tag}\`.`);
}
