import { TestRunner } from 'vitest';

/** The tags that a run may leave out; vitest.config.ts lists them. */
export type TestTag = 'postgres' | 'process' | 'service';

/** Throws if a run leaves out the tests of a tag and a test without the tag does what it marks. */
export function needsTag(tag: TestTag): void {
  if (TestRunner.matchesTags([tag])) return;
  throw new Error(`A quick run does without this: tag the test \`${tag}\`, or its file with \`@module-tag ${tag}\`.`);
}
