import type { Logger } from './logger.ts';

/** What was started, to be ended in the opposite order. In place of `AsyncDisposableStack`, whose error hides the others from the log. */
export function createEndStack(logger: Pick<Logger, 'error'>) {
  const deferred: (() => unknown)[] = [];
  return {
    /** Has `endAll` call this before everything that was deferred earlier. */
    defer: (end: () => unknown) => void deferred.push(end),
    /**
     * Ends everything, latest first, one at a time; each end is tried even if others fail.
     * @throws the first error of all, once everything was tried; further ones are logged.
     */
    async endAll(): Promise<void> {
      const errors: unknown[] = [];
      for (let end = deferred.pop(); end !== undefined; end = deferred.pop()) {
        try {
          await end();
        } catch (error) {
          errors.push(error);
        }
      }
      throwFirst(errors, logger);
    },
  };
}

/**
 * Ends several things at the same time and waits for all of them.
 * @throws the first error in their order, once everything was tried; further ones are logged.
 */
export async function endTogether(ends: readonly (() => unknown)[], logger: Pick<Logger, 'error'>): Promise<void> {
  const results = await Promise.allSettled(ends.map(async (end) => end()));
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  throwFirst(errors, logger);
}

function throwFirst(errors: readonly unknown[], logger: Pick<Logger, 'error'>): void {
  for (const err of errors.slice(1)) logger.error({ err }, 'failed to close a part of the service');
  if (errors.length > 0) throw errors[0];
}
