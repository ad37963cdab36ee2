import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv, promisify } from 'node:util';
import { createTerminalProgram } from '@ticket-check/terminal-agent/cli';
import { readTerminalSettings, showTerminalSettings } from '@ticket-check/terminal-agent/config';
import { describe, expect, test } from 'vitest';
import { allIn, isThere, read, root } from './testing/texts.ts';

const env = parseEnv(read('deploy/terminal/terminal.env'));
const unit = read('deploy/terminal/ticket-check-terminal.service');
const kiosk = read('deploy/terminal/kiosk/ticket-check-kiosk.service');
const directive = (text: string, name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '';

describe('what a terminal is installed with', () => {
  test('its settings exist, and the agent takes them', () => {
    const known = showTerminalSettings({}).map(({ name }) => name);
    expect(Object.keys(env).filter((name) => !known.includes(name))).toEqual([]);
    expect(readTerminalSettings(env)).toMatchObject({ PORT: 9000, scannerPlan: [{ name: 'door' }] });
  });

  test('the units start what is there, and the agent writes where it may', () => {
    const texts = [unit, kiosk, read('deploy/terminal/terminal-agent')];
    const programs = texts.flatMap((text) => allIn(text, /\/opt\/ticket-check\/(\S+)/g));
    expect(programs.length).toBeGreaterThan(4);
    // Node is there once the workspace is installed.
    expect(programs.filter((path) => !isThere(path))).toEqual([]);
    expect(env.DATA_DIR).toContain(`/var/lib/${directive(unit, 'StateDirectory')}/`);
    expect(unit).toContain(`NODE_COMPILE_CACHE=/var/cache/${directive(unit, 'CacheDirectory')}\n`);
    const users = read('deploy/terminal/sysusers.conf');
    for (const text of [unit, kiosk]) expect(users).toMatch(new RegExp(`^u ${directive(text, 'User')} `, 'm'));
  });

  test('the agent may lower the priority of its threads, which its unit forbids with other calls', () => {
    expect(allIn(unit, /^SystemCallFilter=(.*)$/gm).slice(1)).toEqual(['~@privileged @resources', 'setpriority']);
  });

  test('the drivers of its devices are there before it starts, since no device of another is allowed afterwards', () => {
    const drivers: Record<string, string> = { ttyUSB: 'usbserial', ttyACM: 'cdc_acm', hidraw: 'hid' };
    const allowed = allIn(unit, /^DeviceAllow=char-(\w+)/gm);
    // Serial ports of the machine itself are in the kernel.
    const loaded = allowed.filter((group) => group !== 'ttyS').map((group) => `modprobe@${drivers[group]}.service`);
    expect(loaded.length).toBeGreaterThan(2);
    for (const name of ['Wants', 'After']) {
      const units = allIn(unit, new RegExp(`^${name}=(.*)$`, 'gm')).flatMap((text) => text.split(' '));
      expect(units).toEqual(expect.arrayContaining(loaded));
    }
  });

  test("the screen's user is handed the CA of the terminal, which only root and the agent may read", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kiosk-'));
    try {
      await chmod(folder, 0o755);
      const [closed, home] = [join(folder, 'tls'), join(folder, 'home')];
      await mkdir(closed, { mode: 0o700 });
      const ca = '-----BEGIN CERTIFICATE-----\nof this terminal\n-----END CERTIFICATE-----\n';
      await writeFile(join(closed, 'ca.pem'), ca, { mode: 0o600 });
      await mkdir(home);
      await chmod(home, 0o777);
      // Replaces that of NSS: keeps what it is given to add, from a file or standard input.
      const certutil = `#!/bin/sh
case " $* " in *" -A "*)
  echo "$*" >"$KIOSK_HOME/asked"; input=-
  while [ $# -gt 0 ]; do [ "$1" = -i ] && input="$2"; shift; done
  cat "$input" >"$KIOSK_HOME/added"
esac
`;
      await writeFile(join(folder, 'certutil'), certutil, { mode: 0o755 });
      const script = fileURLToPath(new URL('deploy/terminal/kiosk/trust-terminal', root));
      const env = { PATH: `${folder}:${process.env.PATH}`, KIOSK_USER: 'nobody', KIOSK_HOME: home };
      await promisify(execFile)(script, [join(closed, 'ca.pem')], { env });
      expect(await readFile(join(home, 'added'), 'utf8')).toBe(ca);
      // As text (-a), and as a CA only for web sites.
      const asked = `-d sql:${home}/.pki/nssdb -A -a -t C,, -n ticket-check\n`;
      expect(await readFile(join(home, 'asked'), 'utf8')).toBe(asked);
      expect((await stat(join(home, 'added'))).uid).not.toBe(0);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('the names of its devices are those that the rule gives, to the group that the agent has', () => {
    const rules = read('deploy/terminal/70-ticket-check.rules');
    expect(rules).toContain(`GROUP="${directive(unit, 'Group')}"`);
    const devices = `${env.SCANNERS} ${env.GATE_DRIVERS}`.match(/(?<=\/dev\/)[\w-]+/g) ?? [];
    expect(devices).toEqual(['scanner-1', 'gate-1']);
    for (const name of devices) expect(rules).toContain(`SYMLINK+="${name}"`);
  });

  test('the browser may open this terminal, and nothing else', () => {
    const policy = JSON.parse(read('deploy/terminal/kiosk/policy.json'));
    const [door, console] = [`https://localhost:${env.PORT}`, `https://localhost:${env.CONSOLE_PORT}`];
    const allowed = { URLAllowlist: [door, console], VideoCaptureAllowedUrls: [door] };
    expect(policy).toMatchObject({ URLBlocklist: ['*'], ...allowed });
    expect(kiosk).toContain(`start-browser ${door}/kiosk`);
  });
});

type Command = ReturnType<typeof createTerminalProgram>;

/** The options of the command that these words name; null if there is none. */
function optionsOf([first, ...rest]: readonly string[], { commands, options }: Command): string[] | null {
  const own = options.map(({ long }) => `${long}`);
  if (commands.length === 0) return own;
  const next = commands.find((one) => one.name() === first);
  const further = next === undefined ? null : optionsOf(rest, next);
  return further && [...own, ...further];
}

describe.each(['docs/at-the-door.md', 'docs/zh/at-the-door.md'])('%s', (path) => {
  const text = read(path);
  const examples = allIn(text, /```sh\n([^`]*)```/g);
  const lines = examples.flatMap((example) => example.split('\n').map((line) => line.trim()));

  test('names commands and options that exist', () => {
    const program = createTerminalProgram({}, Date.now);
    const inExamples = lines.filter((line) => line.startsWith('terminal-agent ')).map((line) => line.slice(15));
    expect(inExamples.length).toBeGreaterThan(6);
    for (const words of [...allIn(text, /`terminal-agent ([^`]+)`/g), ...inExamples]) {
      const given = words.split(' ').filter((word) => word.startsWith('--'));
      expect(optionsOf(words.split(' '), program), words).toEqual(expect.arrayContaining(given));
    }
  });

  test('makes the directories that the unit makes, for commands that come before it', () => {
    const user = directive(unit, 'User');
    const made = lines.filter((line) => line.startsWith('install -d ') && line.includes(` -o ${user} -g ${user} `));
    const [cache, state] = ['CacheDirectory', 'StateDirectory'].map((name) => directive(unit, name));
    expect(made.map((line) => line.split(' ').at(-1)).toSorted()).toEqual([`/var/cache/${cache}`, `/var/lib/${state}`]);
    const first = lines.findIndex((line) => line.startsWith('terminal-agent '));
    for (const line of made) expect(lines.indexOf(line)).toBeLessThan(first);
  });

  test('installs each file of deploy/terminal that the machine needs, from where it is', () => {
    const installed = lines.filter((line) => line.startsWith('install ') && !line.startsWith('install -d '));
    // These two are started where they lie.
    const stay = ['kiosk/start-browser', 'kiosk/trust-terminal'];
    const all = globSync('**/*', { cwd: new URL('deploy/terminal/', root) }).filter((file) => file !== 'kiosk');
    expect([...installed.map((line) => line.split(' ').at(-2)), ...stay].toSorted()).toEqual(all.toSorted());
  });
});
