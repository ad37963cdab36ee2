import { type Clock, createLogger, printNotice, serveUntilStopped } from '@ticket-check/runtime';
import { startNationalPlatform } from './app.ts';
import { type Environment, readNationalSettings } from './config.ts';

/** Runs the platform until it is stopped, and prints its address. */
export async function serve(env: Environment, clock: Clock): Promise<void> {
  const logger = createLogger('national-platform', readNationalSettings(env).LOG_LEVEL);
  const platform = await startNationalPlatform({ env, clock, logger });
  // Listen for signals first: a reader of the notice may stop the platform at once.
  const stopped = serveUntilStopped(platform, logger);
  printNotice(`Its console, with /health and /metrics, is at ${platform.consoleUrl}.`);
  printNotice(`The national platform listens on ${platform.url}.`);
  await stopped;
}
