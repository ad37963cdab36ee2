import { type Clock, createLogger, ExpectedError, printNotice, serveUntilStopped } from '@ticket-check/runtime';
import { listSetAside } from '@ticket-check/storage';
import { startTerminalAgent } from './app.ts';
import { readTerminalSettings } from './config.ts';
import { plannedScanners } from './scanner/planned-scanners.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Runs the agent until it is stopped, and prints its address.
 *
 * @throws ExpectedError if `--stdin` is given beside SCANNERS
 */
export async function serve(given: Env, clock: Clock, { stdin = false }: { stdin?: boolean }): Promise<void> {
  if (stdin && given.SCANNERS) {
    throw new ExpectedError('--stdin says nothing beside SCANNERS: name standard input there, as door=stdin.');
  }
  const env = stdin ? { ...given, SCANNER: 'stdin' } : given;
  const settings = readTerminalSettings(env);
  const logger = createLogger('terminal-agent', settings.LOG_LEVEL);
  const scanners = plannedScanners(settings, logger);
  const agent = await startTerminalAgent({ env, clock, logger, scanners });
  // Listen for signals first: a reader of the notice may stop the agent at once.
  const stopped = serveUntilStopped(agent, logger);
  for (const file of listSetAside(settings.DATABASE_URL)) {
    printNotice(`A damaged database lies in ${file}; \`records salvage ${file}\` takes back what can be read of it.`);
  }
  printNotice(`Its console, with /health and /metrics, is at ${agent.consoleUrl}.`);
  printNotice(`The kiosk page, for a browser on this machine, is at ${agent.url}/kiosk.`);
  printNotice(`The terminal agent listens on ${agent.url}.`);
  await stopped;
}
