import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { chmod, chown, copyFile, cp, mkdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, matchesGlob, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { chooseFreeAddresses, composeSite, type Role } from '@ticket-check/simulators/dev-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './testing/site.ts';

const ROOT = join(import.meta.dirname, '..');
/** The user of the base image that services run as. */
const NODE_USER = 1000;
/** What a start may take on a busy machine. */
const HEALTHY_WITHIN_MS = 90_000;

type Instruction = { readonly keyword: string; readonly value: string };
type Stage = { readonly name: string; readonly base: string; readonly instructions: readonly Instruction[] };
type Command = readonly string[];

/** An image on this machine: a directory instead of its file system. */
interface Image {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly command: Command;
  readonly healthcheck: Command;
}

/** The stages of the Dockerfile. */
async function readStages(): Promise<readonly Stage[]> {
  const lines = (await readFile(join(ROOT, 'Dockerfile'), 'utf8')).replaceAll(/^#.*\n/gm, '').replaceAll('\\\n', ' ');
  return lines.split(/^(?=FROM )/m).flatMap((part) => {
    const [, base, name] = /^FROM (\S+) AS (\S+)/.exec(part) ?? [];
    if (base === undefined || name === undefined) return [];
    const instructions = part.trim().split('\n').slice(1).filter(Boolean);
    return [{ name, base, instructions: instructions.map(readInstruction) }];
  });
}

function readInstruction(line: string): Instruction {
  const [keyword = '', ...value] = line.split(' ');
  return { keyword, value: value.join(' ') };
}

/**
 * Builds the stages of the Dockerfile below `directory` without a container engine: copies what they copy, nothing else, and
 * runs their commands of Node there. Packages of the system are not installed. A stage changes the directory of its base.
 *
 * @throws where a command fails, with what it wrote
 */
async function buildImages(directory: string): Promise<ReadonlyMap<string, Image>> {
  const ignored = (await readFile(join(ROOT, '.dockerignore'), 'utf8')).trim().split('\n');
  const images = new Map<string, Image>();
  for (const { name, base, instructions } of await readStages()) {
    let image = images.get(base) ?? (await baseImage(join(directory, name)));
    for (const { keyword, value } of instructions) {
      if (keyword === 'ENV') image = { ...image, env: { ...image.env, ...environment(value, image.root) } };
      if (keyword === 'CMD') image = { ...image, command: JSON.parse(value) };
      if (keyword === 'HEALTHCHECK') image = { ...image, healthcheck: JSON.parse(value.replace(/^.* CMD /, '')) };
      if (keyword === 'COPY') await copy(value, image.root, images, ignored);
      if (keyword === 'RUN' && /^(node|npx) /.test(value)) await run(image, value);
    }
    images.set(name, image);
  }
  return images;
}

async function baseImage(root: string): Promise<Image> {
  for (const made of ['app', 'cache', 'data', 'usr/local/bin']) await mkdir(join(root, made), { recursive: true });
  const node = join(root, 'usr', 'local', 'bin', 'node');
  await copyFile(process.execPath, node);
  return {
    root,
    env: { PATH: `${dirname(node)}:${process.env.PATH}`, DRAIN_SECONDS: '0' },
    command: [],
    healthcheck: [],
  };
}

/** What `NAME=value …` sets; a value that is a path lies in the image. */
function environment(value: string, root: string): Record<string, string> {
  const pairs = [...value.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', set = '']) => [name, set] as const);
  return Object.fromEntries(pairs.map(([name, set]) => [name, set.startsWith('/') ? join(root, set) : set]));
}

async function copy(
  value: string,
  root: string,
  images: ReadonlyMap<string, Image>,
  ignored: readonly string[],
): Promise<void> {
  const from = /--from=(\S+)/.exec(value)?.[1];
  const paths = value.split(' ').filter((word) => !word.startsWith('--'));
  const target = paths.at(-1) ?? '';
  const source = from === undefined ? ROOT : (images.get(from)?.root ?? '');
  const isSent = (path: string) => !ignored.some((pattern) => matchesGlob(relative(ROOT, path), pattern));
  for (const path of paths.slice(0, -1)) {
    const place = join(
      root,
      target.startsWith('/') ? '' : 'app',
      target,
      target.endsWith('/') ? (path.split('/').at(-1) ?? '') : '',
    );
    const filter = from === undefined ? isSent : () => true;
    await cp(join(source, path), place, { recursive: true, verbatimSymlinks: true, filter });
  }
}

async function run({ root, env }: Image, command: string): Promise<void> {
  const options = { cwd: join(root, 'app'), env: { ...process.env, NODE_ENV: undefined, ...env } };
  await promisify(execFile)('sh', ['-c', command], options);
}

/**
 * Starts an image with an empty volume and no other setting than free ports, as its user, who can write nowhere else. Waits
 * until its health check passes, and stops it.
 *
 * @returns its exit code and what it wrote
 */
async function runImage({ root, env, command, healthcheck }: Image): Promise<{ code: number; output: string }> {
  const asNode = process.getuid?.() === 0 ? { uid: NODE_USER, gid: NODE_USER } : {};
  const volume = join(root, 'data');
  await rm(volume, { recursive: true, force: true });
  await mkdir(volume, { mode: 0o700 });
  if (asNode.uid !== undefined) await chown(volume, asNode.uid, asNode.gid);
  const { host: HOST, port, consolePort } = (await chooseFreeAddresses()).of['national-platform'];
  const settings = { ...env, HOST, PORT: `${port}`, CONSOLE_PORT: `${consolePort}` };
  const options = { cwd: join(root, 'app'), env: settings, ...asNode };
  await chmod(root, 0o555);
  const service = spawn(command[0] ?? '', command.slice(1), { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = Promise.all([text(service.stdout), text(service.stderr), once(service, 'exit')]);
  try {
    await Promise.race([
      ended,
      eventually(() => promisify(execFile)(healthcheck[0] ?? '', healthcheck.slice(1), options), {
        withinMs: HEALTHY_WITHIN_MS,
      }),
    ]);
  } finally {
    service.kill('SIGTERM');
    await ended;
    await chmod(root, 0o755);
  }
  const [stdout, stderr, [code]] = await ended;
  return { code, output: stdout + stderr };
}

const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
const APPS = ['apps/national-platform', 'apps/third-party-platform', 'apps/terminal-agent'];

/** A stage of the Dockerfile, from its name on. */
const stageOf = (name: string) =>
  dockerfile.split(/^FROM \S+ AS /m).find((stage) => stage.startsWith(`${name}\n`)) ?? '';

// Node takes nothing from a cache that was filled under other options of V8.
test.each(APPS)('the image of %s holds what its command compiles, with the same options', (app) => {
  const served =
    new RegExp(`^CMD (\\["node", .*"${app}/src/main\\.ts", "serve"\\])$`, 'm').exec(dockerfile)?.[1] ?? '[]';
  const command: string[] = JSON.parse(served);
  const filled = command.join(' ').replace(`${app}/`, `packages/runtime/src/fill-compile-cache.ts ${app}/`);
  expect(dockerfile).toContain(`\nRUN ${filled.replace(/ serve$/, '')}\nCMD ${served}\n`);
});

/** Finds the value of a name in docker-compose.yml or the Dockerfile, with these words between them. */
const settingIn = (text: string, name: string, between: string) =>
  new RegExp(`\\b${name}${between}"?(\\d+)`).exec(text)?.[1];

test.each(APPS)('docker-compose.yml publishes the ports that %s listens on', (app) => {
  const compose = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  const service = compose.split(/^ {2}(?=\S+:$)/m).find((part) => part.startsWith(`${basename(app)}:\n`)) ?? '';
  const listens = ['PORT', 'CONSOLE_PORT'].map(
    (name) => settingIn(service, name, ': ') ?? settingIn(stageOf('service'), name, '='),
  );
  const published = [...service.matchAll(/"127\.0\.0\.1:(\d+):(\d+)"/g)];
  expect(published.map(([, , inside]) => inside)).toEqual(listens);
  const site = composeSite([]);
  const urls = published.map(([, outside]) => `https://127.0.0.1:${outside}`);
  expect(urls).toEqual([site.urlOf(basename(app) as Role), site.consoleUrlOf(basename(app) as Role)]);
  // Its terminals link to its console.
  const linked = /\bCONSOLE_URL: (\S+)/.exec(service)?.[1];
  expect(linked).toBe(basename(app) === 'third-party-platform' ? urls[1] : undefined);
});

describe('built from nothing but what the Dockerfile copies', () => {
  const directory = mkdtempSync(join(tmpdir(), 'images-'));
  let images: Awaited<ReturnType<typeof buildImages>>;

  beforeAll(async () => {
    chmodSync(directory, 0o755);
    images = await buildImages(directory);
  }, 600_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test('each stage builds with its screens, and the compile cache is filled by a start of the service', () => {
    const { root } = images.get('terminal-agent') ?? expect.fail('there is no such stage');
    // Even the sources are some hundreds.
    expect(readdirSync(join(root, 'cache'), { recursive: true }).length).toBeGreaterThan(500);
    for (const app of APPS) {
      const image = images.get(basename(app)) ?? expect.fail('there is no such stage');
      expect(existsSync(join(image.root, 'app', app, 'console/dist/index.html')), app).toBe(true);
    }
  });

  test.each(APPS)('%s starts with no settings but a volume', { timeout: 120_000 }, async (app) => {
    const image = images.get(basename(app)) ?? expect.fail('there is no such stage');
    const { code, output } = await runImage(image);
    expect(code, output).toBe(0);
  });
});
