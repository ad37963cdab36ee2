import { type Clock, createLogger, printNotice, serveUntilStopped } from '@ticket-check/runtime';
import { startThirdPartyPlatform } from './app.ts';
import { type Environment, readThirdPartySettings } from './config.ts';

/** Runs the platform until it is stopped, and says where it is. */
export async function serve(env: Environment, clock: Clock): Promise<void> {
  const logger = createLogger('third-party-platform', readThirdPartySettings(env).LOG_LEVEL);
  const service = await startThirdPartyPlatform({ env, clock, logger });
  // A reader of the notice may ask the service to stop at once.
  const stopped = serveUntilStopped(service, logger);
  printNotice(`Its console, with /health and /metrics, is at ${service.consoleUrl}.`);
  printNotice(`The third-party platform listens on ${service.url}.`);
  await stopped;
}
