import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildConsoles } from '@ticket-check/console/build';
import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import { Command } from 'commander';
import { addSession, sell } from '../box-office/index.ts';
import { chooseAddresses, ROLES } from './addresses.ts';
import { playBusyDays } from './busy-day/busy-days.ts';
import { composeSite } from './compose.ts';
import { openDemo } from './demo.ts';
import { type DemoOperators, openDemoOperators } from './demo-operators.ts';
import { localSite } from './processes.ts';
import type { Site } from './site.ts';
import { say, tellETicket, tellLogins, tellResult, tellSite, tellStep } from './story.ts';
import { walk } from './walk.ts';

const DATA = fileURLToPath(new URL('../../../../.data', import.meta.url));

const program = new Command('dev-network').description('run the three services with a demo cinema');

program
  .command('start')
  .description('start the services, walk tickets through, run until Ctrl-C')
  .option('--once', 'stop after the walk; exit code 0 only if every verdict was the expected one')
  .option('--data <directory>', 'where the services keep their data', DATA)
  .option('--port <number>', 'the port of each service', Number, 9000)
  .action(async ({ once: onlyOnce, data, port }: { once?: true; data: string; port: number }) => {
    const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    const addresses = await chooseAddresses(port);
    const site = localSite({ addresses, directory: data });
    try {
      if (addresses.shared) say('This system has no address 127.0.0.2: the three share 127.0.0.1 on three ports.\n');
      await buildAndTell();
      for (const role of ROLES) await site.start(role);
      const directory = join(data, 'demo');
      await walkAndTell(site, directory);
      if (onlyOnce) return;
      await playAndTell(site, directory);
      const operators = await openDemoOperators(site, directory);
      tellLogins(site, operators);
      await makeAndTellETicket(site, directory);
      tellWhereToLook(site, data, operators);
      await interrupted;
    } finally {
      await site.stopAll();
    }
  });

program
  .command('walk-compose')
  .description('walk tickets through the services of docker-compose.yml')
  .option('--compose <command>', 'the compose command', process.env.COMPOSE ?? 'docker compose')
  .option('--data <directory>', 'where the demo cinema is kept', DATA)
  .action(async ({ compose, data }: { compose: string; data: string }) => {
    await walkAndTell(composeSite(compose.split(' ')), join(data, 'compose-demo'));
  });

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

/** The services run without their screens, so what keeps these from being built keeps nothing else from starting. */
async function buildAndTell(): Promise<void> {
  try {
    const built = await buildConsoles();
    if (built.length > 0) say('The screens of the consoles are built.\n');
  } catch (error) {
    const [why] = String(error instanceof Error ? error.message : error).split('\n');
    say(`The screens of the consoles could not be built (pnpm build:console): ${why}\n`);
  }
}

async function walkAndTell(site: Site, directory: string): Promise<void> {
  tellSite(site);
  const demo = await openDemo(site, directory);
  try {
    const { cinemaCode, cinemaName } = demo.boxOffice.cinema;
    say(`At the door of ${cinemaName} (${cinemaCode}):`);
    const result = await walk(site, demo, tellStep);
    tellResult(result);
    if (!result.passed) process.exitCode = 1;
  } finally {
    await demo.close();
  }
}

async function playAndTell(site: Site, directory: string): Promise<void> {
  const demo = await openDemo(site, directory);
  try {
    const admitted = await playBusyDays(site, demo, directory);
    say(`\n${admitted} more guests came since yesterday morning or the last start, most of them by two further doors.`);
  } finally {
    await demo.close();
  }
}

/** One that nobody has used yet, for a session that begins within half an hour. */
async function makeAndTellETicket(site: Site, directory: string): Promise<void> {
  const demo = await openDemo(site, directory);
  try {
    const now = wallClockAt(Date.now());
    const { sessionCode } = addSession(demo.boxOffice, { startTime: addSeconds(now, 1800) });
    const ticket = sell(demo.boxOffice, { now, sessionCode, ticketType: '网络售票' });
    await demo.tell();
    tellETicket((await demo.makeETicket(ticket)).url);
  } finally {
    await demo.close();
  }
}

function tellWhereToLook(site: Site, data: string, { checkToken }: DemoOperators): void {
  say();
  say('The services stay up until Ctrl-C. Where to look next:');
  say(`  logs              ${data}/<service>/service.log`);
  say(
    `  health, metrics   curl --cacert ${data}/terminal-agent/tls/ca.pem ${site.consoleUrlOf('terminal-agent')}/health`,
  );
  say(`  the kiosk page    ${site.urlOf('terminal-agent')}/kiosk, in a browser on this machine`);
  say('  another scan      see `check` in README.md, with HOST, PORT and DATA_DIR of the terminal agent, and');
  say(`                    OPERATOR_TOKEN=${checkToken}`);
  say('  how it works      ARCHITECTURE.md; what others can rely on: docs/protocol.md');
}
