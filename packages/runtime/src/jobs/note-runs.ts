import type { JobContext } from './job-table.ts';

/** The runs of a job that runs more often are noted at this pace: each note is a commit. */
const NOTED_EVERY_MS = 5 * 60_000;

/** Makes what `every` calls after each run: notes the first run, each change between success and failure, and one run in a while. */
export function noteRuns(name: string, { table, now, logger }: JobContext) {
  let noted: { readonly error: string | null; readonly at: number } | null = null;
  return async (error: string | null, nextInMs: number): Promise<void> => {
    const startedAt = performance.now();
    if (noted !== null && noted.error === error && startedAt - noted.at < NOTED_EVERY_MS) return;
    const at = now();
    try {
      await table.note(name, { at, error, nextAt: Math.round(at + nextInMs) });
      noted = { error, at: startedAt };
    } catch (err) {
      logger.warn({ err, job: name }, 'failed to note the run of a job');
    }
  };
}
