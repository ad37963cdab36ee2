import { execFile } from 'node:child_process';
import { chmodSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { composeSite, type Role } from '@ticket-check/simulators/dev-network';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildImages, runImage } from './testing/dockerfile.ts';
import { readManifest } from './testing/production-dependencies.ts';

const root = join(import.meta.dirname, '..');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const SCOPE = '@ticket-check/';
const APPS = ['apps/national-platform', 'apps/third-party-platform', 'apps/terminal-agent'];

/** The folders of a package of this workspace and of all that it needs in production. */
function neededBy(folder: string, found = new Set<string>()): Set<string> {
  if (found.has(folder)) return found;
  found.add(folder);
  for (const name of Object.keys(readManifest(join(root, folder)).dependencies ?? {})) {
    if (name.startsWith(SCOPE)) neededBy(`packages/${name.slice(SCOPE.length)}`, found);
  }
  return found;
}

/** A stage of the Dockerfile, from its name on. */
const stageOf = (name: string) =>
  dockerfile.split(/^FROM \S+ AS /m).find((stage) => stage.startsWith(`${name}\n`)) ?? '';

/** The packages of this workspace that a stage installs. */
const installedIn = (stage: string) =>
  [...stage.matchAll(/^COPY (\S+)\/package\.json \1\/$/gm)].map(([, folder]) => folder ?? '');

// What is not copied before the install gets no node_modules: the service of that image cannot start.
test('the images install what each package that runs in them depends on', () => {
  const needed = new Set(APPS.flatMap((app) => [...neededBy(app)]));
  expect(installedIn(stageOf('workspace')).toSorted()).toEqual([...needed].toSorted());
});

// What serves has the result, and nothing that it was built with.
test('the images hold the screens of each service that has some', () => {
  const built = globSync('apps/*/console/index.html', { cwd: root }).map((index) => dirname(index));
  expect(built).toContain('apps/third-party-platform/console');
  for (const console of built) {
    expect(dockerfile).toContain(`\nCOPY ${console} ${console}\n`);
    expect(dockerfile).toContain(`\nCOPY --from=consoles --chown=root:root /app/${console}/dist ${console}/dist\n`);
  }
  expect(neededBy('apps/third-party-platform')).not.toContain('packages/console');
});

test('the images are built with one version of pnpm', () => {
  const versions = [...dockerfile.matchAll(/ pnpm@(\S+) /g)].map(([, version]) => version);
  expect(new Set(versions)).toEqual(new Set([expect.stringMatching(/^\d+\.\d+\.\d+$/)]));
});

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
  const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
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

  test('each stage builds, and the compile cache is filled by a start of the service', () => {
    const { root } = images.get('terminal-agent') ?? expect.fail('there is no such stage');
    // Even the sources are some hundreds.
    expect(readdirSync(join(root, 'cache'), { recursive: true }).length).toBeGreaterThan(500);
  });

  test.each(APPS)('%s starts with no settings but a volume', { timeout: 120_000 }, async (app) => {
    const image = images.get(basename(app)) ?? expect.fail('there is no such stage');
    const { code, output } = await runImage(image);
    expect(code, output).toBe(0);
  });
});

test('an image is not built where the service does not start', async () => {
  const program = join(root, 'packages/runtime/src/fill-compile-cache.ts');
  const env = { HOST: '127.0.0.1', UPSTREAM_BUDGET_MS: 'none' };
  const filling = promisify(execFile)(process.execPath, [program, 'apps/terminal-agent/src/main.ts'], {
    cwd: root,
    env,
  });
  await expect(filling).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('UPSTREAM_BUDGET_MS') });
});
