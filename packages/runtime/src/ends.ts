import type { Logger } from './logger.ts';

/** Ends what was deferred, latest first, each even if others fail. @throws the first error of all; further ones are logged. */
export async function endAll(deferred: (() => unknown)[], logger: Pick<Logger, 'error'>): Promise<void> {
  const errors: unknown[] = [];
  for (let end = deferred.pop(); end !== undefined; end = deferred.pop()) {
    // In place of `AsyncDisposableStack`, whose error hides the others from the log.
    try {
      await end();
    } catch (error) {
      errors.push(error);
    }
  }
  throwFirst(errors, logger);
}

/** Ends several things at the same time, each even if others fail. @throws the first error in their order; further ones are logged. */
export async function endTogether(ends: readonly (() => unknown)[], logger: Pick<Logger, 'error'>): Promise<void> {
  const results = await Promise.allSettled(ends.map(async (end) => end()));
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  throwFirst(errors, logger);
}

function throwFirst(errors: readonly unknown[], logger: Pick<Logger, 'error'>): void {
  for (const err of errors.slice(1)) logger.error({ err }, 'failed to close a part of the service');
  if (errors.length > 0) throw errors[0];
}
