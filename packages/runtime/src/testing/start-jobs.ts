import { onTestFinished } from 'vitest';
import { type JobDefinition, startJob } from '../jobs/job.ts';
import { tableOfOneProcess } from '../jobs/job-table.ts';
import { createLogger } from '../logger.ts';

/** Starts jobs that a capability gave to its service, until the test ends. */
export async function startJobs(definitions: readonly JobDefinition[]): Promise<void> {
  const context = { table: tableOfOneProcess(), now: Date.now, logger: createLogger('test', 'silent') };
  for (const definition of definitions) {
    const job = await startJob(definition, context);
    onTestFinished(async () => void (await job.stop()));
  }
}
