import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { addSeconds, wallClockAt } from '@ticket-check/protocol';
import { Command } from 'commander';
import QRCode from 'qrcode';
import { addSession, sell } from '../box-office/index.ts';
import { playBusyDays } from './busy-days.ts';
import { type Demo, type DemoOperators, openDemo, openDemoOperators } from './demo.ts';
import { choosePasswords, type LoginLink, serveLoginLinks } from './login-links.ts';
import { serveObserved } from './refusals.ts';
import { sellEveryKind } from './sandbox.ts';
import { chooseAddresses, composeSite, localSite, ROLES, type Role, type Site } from './site.ts';
import { type Step, type WalkResult, walk } from './walk.ts';

const DATA = fileURLToPath(new URL('../../../../.data', import.meta.url));

/** A session of a sold ticket is good for longer. */
const RESTOCK_MS = 20 * 60_000;
/** How far the port of a platform of the sandbox lies above the one that programs under trial call. */
const BEHIND = 10;

const PLATFORMS = ['national-platform', 'third-party-platform'] as const;

const DUTY: Record<Role, string> = {
  'national-platform': 'knows the keys, the tickets and the refunds; receives every check record',
  'third-party-platform': 'serves the terminals, carries their records on',
  'terminal-agent': 'runs beside the scanner and decides',
};

const program = new Command('dev-network').description('run the three services with a demo cinema');

program
  .command('start')
  .description('start the services, walk tickets through, run until Ctrl-C')
  .option('--once', 'stop after the walk; exit code 0 only if every verdict was the expected one')
  .option('--data <directory>', 'where the services keep their data', DATA)
  .option('--port <number>', 'the port of each service', Number, 9000)
  .action(async ({ once: onlyOnce, data, port }: { once?: true; data: string; port: number }) => {
    const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    // So that nobody takes it for a real one.
    const named = { ENVIRONMENT_NAME: process.env.ENVIRONMENT_NAME ?? 'Demo 演示' };
    const env = Object.fromEntries(ROLES.map((role) => [role, named]));
    const site = localSite({ addresses: await chooseAddresses(port), directory: data, env });
    let loginLinks: Awaited<ReturnType<typeof serveLoginLinks>> | undefined;
    try {
      for (const role of ROLES) await site.start(role);
      const directory = join(data, 'demo');
      const demo = await walkAndTell(site, directory);
      if (onlyOnce) return;
      const admitted = await playBusyDays(site, demo, directory);
      say(
        '',
        `${admitted} more guests came since yesterday morning or the last start, most of them by two further doors.`,
      );
      const operators = await openDemoOperators(site, directory);
      await choosePasswords(site, directory, operators);
      tellLogins(site, operators);
      loginLinks = await serveLoginLinks(site, operators);
      tellLoginLinks(loginLinks.links);
      const eTicket = await makeETicket(demo);
      say('', 'An e-ticket, as a guest opens it; the terminal admits what its code says:', `  ${eTicket}`);
      tellWhereToLook(site, data, operators);
      await interrupted;
    } finally {
      loginLinks?.close();
      await site.stopAll();
    }
  });

program
  .command('sandbox')
  .description(
    'start both platforms for a program under trial: accounts, tickets of every kind, why each request was refused',
  )
  .option('--data <directory>', 'where the platforms keep their data, and the bundles go', join(DATA, 'sandbox'))
  .option('--port <number>', 'the port of each platform', Number, 9000)
  .action(async ({ data, port }: { data: string; port: number }) => {
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    const site = localSite({ addresses: await chooseAddresses(port + BEHIND), directory: data });
    const fronts: (() => void)[] = [];
    try {
      for (const platform of PLATFORMS) await site.start(platform);
      const demo = await openDemo(site, join(data, 'cinema'));
      say('Both platforms are up until Ctrl-C. Connect your program with one of these bundles:');
      for (const platform of PLATFORMS) {
        const url = new URL(site.urlOf(platform));
        url.port = `${Number(url.port) - BEHIND}`;
        const bundle = { ...(await demo.addAccount(platform, 'trial')), Url: url.href };
        fronts.push(await serveObserved(site, platform, { bundle, port: Number(url.port) }, (lines) => say(...lines)));
        const file = join(data, `${platform}.bundle.json`);
        await writeFile(file, JSON.stringify(bundle, null, 2), { mode: 0o600 });
        say(`  ${platform.padEnd(22)}${bundle.Url.padEnd(26)}${bundle.Username.padEnd(14)}${file}`);
      }
      say('');
      await keepStocked(demo, stop.signal);
    } finally {
      for (const end of fronts) end();
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

async function walkAndTell(site: Site, directory: string): Promise<Demo> {
  tellSite(site);
  const demo = await openDemo(site, directory);
  const { cinemaCode, cinemaName } = demo.boxOffice.cinema;
  say(`At the door of ${cinemaName} (${cinemaCode}):`);
  const result = await walk(site, demo, tellStep);
  tellResult(result);
  if (!result.passed) process.exitCode = 1;
  return demo;
}

async function makeETicket(demo: Demo): Promise<string> {
  const now = wallClockAt(Date.now());
  const { sessionCode } = addSession(demo.boxOffice, { startTime: addSeconds(now, 1800) });
  const ticket = sell(demo.boxOffice, { now, sessionCode, ticketType: '网络售票' });
  await demo.tell();
  return (await demo.makeETicket(ticket)).url;
}

/** Sells tickets now and before they expire, and prints them. */
async function keepStocked(demo: Demo, signal: AbortSignal): Promise<void> {
  const door = await demo.addAccount('national-platform', 'door');
  while (!signal.aborted) {
    for (const { what, verdict, code } of await sellEveryKind(demo, door)) {
      say(`${what}: ${verdict}`, code);
      if (process.stdout.isTTY) say(await QRCode.toString(code, { type: 'terminal', small: true }));
    }
    say('Waiting for requests; each that is refused is explained here.', '');
    await delay(RESTOCK_MS, undefined, { signal }).catch(() => {});
  }
}

function say(...lines: string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

function tellSite(site: Site): void {
  say(
    'Three services over HTTPS, each with a certificate, accounts and an encrypted database of its own:',
    ...ROLES.map((role) => `  ${role.padEnd(22)}${site.urlOf(role).padEnd(26)}${DUTY[role]}`),
    '',
  );
}

function tellStep({ guest, expected, verdict, asked }: Step): void {
  const { Verdict, ElapsedMs } = verdict;
  const mark = Verdict === expected ? '✓' : Verdict === 'KEYS_PENDING' ? '…' : `✗ expected ${expected}`;
  say(`  ${guest.padEnd(40)}${Verdict.padEnd(17)}${`${ElapsedMs} ms`.padStart(7)}  ${mark}  asked ${asked}`);
}

function tellResult({ record, passed }: WalkResult): void {
  if (record === null) say('', 'The first guest’s check record did not reach the national platform in time.');
  else {
    const { RecordId, CheckTime } = record.line;
    say(
      '',
      'The first guest’s check record is at the national platform:',
      `  record ${RecordId}, checked at ${CheckTime}, seen there ${record.afterMs} ms after the scan`,
      '  terminal → third-party → national: ReportOriginalCheckTickets',
    );
  }
  say('', passed ? 'Every verdict was the expected one.' : 'Something was not as expected; see the lines marked ✗.');
}

function tellLogins(site: Site, { passwords }: DemoOperators): void {
  say('', 'Their consoles, and the passwords of their operators; `operator recover administrator` prints another:');
  for (const role of ROLES) {
    const place = `  ${role.padEnd(22)}${site.consoleUrlOf(role).padEnd(26)}`;
    for (const [index, [username, password]] of Object.entries(passwords[role]).toReversed().entries())
      say(`${index === 0 ? place : ' '.repeat(50)}${username.padEnd(15)}${password}`);
  }
}

function tellLoginLinks(links: readonly LoginLink[]): void {
  say(
    '',
    'Links that log in without them, each once and within 15 minutes; a browser asks about the certificate first:',
    ...links.map(({ role, username, url }) => `  ${role.padEnd(22)}${username.padEnd(15)}${url}`),
  );
}

function tellWhereToLook(site: Site, data: string, { checkToken }: DemoOperators): void {
  const ca = `${data}/terminal-agent/tls/ca.pem`;
  say(
    '',
    'The services stay up until Ctrl-C. Where to look next:',
    `  logs              ${data}/<service>/service.log`,
    `  health, metrics   curl --cacert ${ca} ${site.consoleUrlOf('terminal-agent')}/health`,
    `  the kiosk page    ${site.urlOf('terminal-agent')}/kiosk, in a browser on this machine`,
    '  another scan      see `check` in README.md, with HOST, PORT and DATA_DIR of the terminal agent, and',
    `                    OPERATOR_TOKEN=${checkToken}`,
    '  how it works      ARCHITECTURE.md; what others can rely on: docs/protocol.md',
  );
}
