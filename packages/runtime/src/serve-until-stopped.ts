import { flushCompileCache } from 'node:module';
import type { Logger } from './logger.ts';
import { outliveReaders } from './output.ts';

const SIGNAL_NUMBERS = { SIGINT: 2, SIGTERM: 15 } as const;

export type RunningService = {
  url: string;
  consoleUrl: string;
  /** Says in `GET /ready` that it stops, closes connections after their next answer, and serves on for DRAIN_SECONDS: for balancers. */
  retire(): Promise<void>;
  /** Stops accepting, lets requests under way finish, and closes; calling it again changes nothing. */
  close(): Promise<void>;
};

/** Resolves when SIGTERM or SIGINT has retired and closed the service. A second signal ends the process at once, with 128 + its number. */
export async function serveUntilStopped(
  service: Pick<RunningService, 'retire' | 'close'>,
  logger: Logger,
): Promise<void> {
  outliveReaders();
  // Node writes its compile cache only at a proper exit; a terminal that is switched off every night never has one.
  flushCompileCache();
  const { promise: firstSignal, resolve: stop } = Promise.withResolvers<NodeJS.Signals>();
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(128 + SIGNAL_NUMBERS[signal as keyof typeof SIGNAL_NUMBERS]);
    stopping = true;
    stop(signal);
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  try {
    const signal = await firstSignal;
    logger.info({ signal }, 'stopping');
    await service.retire();
    await service.close();
    logger.info('stopped');
  } finally {
    process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
  }
}
