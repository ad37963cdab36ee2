import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startProgram } from '@ticket-check/runtime/testing';
import * as network from '@ticket-check/simulators/dev-network';
import { readSymbolSvg } from '@ticket-check/simulators/symbols';
import { aDirectory } from '@ticket-check/storage/testing/directory';
import { expect, onTestFinished, test } from 'vitest';
import { request } from './testing/client.ts';

const main = fileURLToPath(new URL('../packages/simulators/src/dev-network/main.ts', import.meta.url));

/** Runs `start` as a shell does, in a process group of its own, until it says that it stays up. */
async function start(directory: string, port: number) {
  // A busy machine is no platform that does not answer. `start` hands its environment on, so all roles have the same: that the
  // terminal's is no longer than the platform's matters where the national platform is silent, which none is here.
  const env = { ...process.env, UPSTREAM_BUDGET_MS: '10000' } as Record<string, string>;
  const args = ['start', '--data', directory, '--port', `${port}`];
  const { child, ended, said, output } = startProgram(main, args, env, '', { detached: true });
  /** Ctrl-C goes to the whole group. */
  const signal = (name: NodeJS.Signals) => process.kill(-child.pid!, name);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) signal('SIGKILL');
    await ended;
  });
  await said(/how it works/);
  return {
    told: output.stdout,
    interrupt() {
      signal('SIGINT');
      return ended;
    },
  };
}

test('`start` walks guests through the door and prints where the consoles, the kiosk and an e-ticket are, until Ctrl-C', async () => {
  const directory = aDirectory();
  const addresses = await network.chooseAddresses(await freePort(443));
  const { told, interrupt } = await start(directory, addresses['national-platform'].port);
  expect(told).toContain('Every verdict was the expected one.');

  const site = network.localSite({ addresses, directory });
  const open = async (Url: string, role: network.Role) =>
    request({ Url, CaCertificate: await site.readFile(role, 'tls/ca.pem') }, '', { method: 'GET' });
  for (const role of network.ROLES) {
    expect(told).toMatch(new RegExp(`^  ${role} +${site.urlOf(role)} `, 'm'));
    expect(told).toMatch(new RegExp(`^  ${role} +${site.consoleUrlOf(role)} +\\w+ +\\S+$`, 'm'));
    expect((await open(`${site.consoleUrlOf(role)}/health`, role)).status).toBe(200);
  }
  const [, loginLink = ''] = /^ {2}third-party-platform +supervisor +(https:\S+)$/m.exec(told) ?? [];
  const loggedIn = await open(loginLink, 'third-party-platform');
  expect([loggedIn.status, loggedIn.headers.location]).toEqual([303, `${site.consoleUrlOf('third-party-platform')}/`]);
  expect(String(loggedIn.headers['set-cookie'])).toMatch(/^__Host-session-third-party-platform=[\w-]{43}; .*HttpOnly/);
  expect((await open(loginLink, 'third-party-platform')).status).toBe(410);
  const [kiosk] = /https:\S+\/kiosk(?=,)/.exec(told) ?? [''];
  expect(kiosk).toBe(`${site.urlOf('terminal-agent')}/kiosk`);
  expect((await open(kiosk, 'terminal-agent')).status).toBe(200);

  const [link] = /https:\S+\/t\/\S+/.exec(told) ?? [''];
  const { code } = JSON.parse((await open(`${link}/now`, 'third-party-platform')).text);
  const scan = await network.connectScanner(site);
  expect(await scan((await readSymbolSvg(code)) ?? '')).toMatchObject({ Verdict: 'ADMIT' });

  // The guests of two days came once, and their records arrive.
  const admitted = Number(/^(\d+) more guests came/m.exec(told)?.[1]);
  expect(admitted).toBeGreaterThan(500);
  const atNational = async () => JSON.parse(await site.command('national-platform', ['records', 'count'])).Entries;
  await expect.poll(atNational).toBeGreaterThan(0.98 * admitted);
  // Those who came are not played again, only who came meanwhile; the own door has 24 each time.
  const demo = await network.openDemo(site, join(directory, 'demo'));
  expect(await network.playBusyDays(site, demo, join(directory, 'demo'))).toBeLessThan(100);

  expect(await interrupt()).toMatchObject({ code: 0, stderr: '' });
  await expect(open(kiosk, 'terminal-agent')).rejects.toThrow('ECONNREFUSED');

  // What `down -v` does to the containers.
  for (const name of network.ROLES.flatMap((role) => [role, `${role}.key`]))
    rmSync(join(directory, name), { recursive: true, force: true });
  onTestFinished(() => site.stopAll());
  await site.start('national-platform');
  const again = () => network.openDemo(site, join(directory, 'demo'));
  const advice = `another national platform, whose data are gone: delete ${join(directory, 'demo')} and run this again`;
  await expect(again()).rejects.toThrow(advice);
  rmSync(join(directory, 'demo'), { recursive: true });
  expect((await again()).boxOffice.cinema.cinemaCode).not.toBe(demo.boxOffice.cinema.cinemaCode);
});
