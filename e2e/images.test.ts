import { execFile } from 'node:child_process';
import { globSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@ticket-check/runtime/testing';
import { composeSite, type Role } from '@ticket-check/simulators/dev-network';
import { aDirectory } from '@ticket-check/storage/testing/directory';
import { expect, test } from 'vitest';
import { allIn, read, root } from './testing/texts.ts';

const dockerfile = read('Dockerfile');
const APPS = ['apps/national-platform', 'apps/third-party-platform', 'apps/terminal-agent'];

const stageOf = (name: string) =>
  dockerfile.split(/^FROM \S+ AS /m).find((stage) => stage.startsWith(`${name}\n`)) ?? '';

/** The folders of the packages of this workspace that the one in a folder depends on, and its own. */
function neededBy(folder: string, found = new Set<string>()): Set<string> {
  found.add(folder);
  const { dependencies = {} } = JSON.parse(read(`${folder}/package.json`));
  const ours = Object.keys(dependencies).filter((name) => name.startsWith('@ticket-check/'));
  for (const name of ours) neededBy(name.replace('@ticket-check/', 'packages/'), found);
  return found;
}

test('the install of the images has the manifest of each package that a service depends on', () => {
  const copied = allIn(stageOf('workspace'), /^COPY (\S+)\/package\.json \1\/$/gm);
  expect(copied.toSorted()).toEqual([...new Set(APPS.flatMap((app) => [...neededBy(app)]))].toSorted());
});

test('the build of the consoles has each package that the files of the browser import from', () => {
  const files = globSync(['packages/console/src/**/*.{ts,tsx}', 'apps/*/console/**/*.{ts,tsx}'], { cwd: root });
  const sources = files.filter((file) => !/\.test\.tsx?$|\/testing\//.test(file)).map(read);
  // A declaration of types only leaves nothing to build.
  const imported = allIn(sources.join('\n'), /^import (?!type )[^;]*? from '@ticket-check\/([\w-]+)/gm);
  const copied = allIn(stageOf('consoles'), /^COPY packages\/([\w-]+) packages\/\1$/gm);
  expect(new Set(imported)).toEqual(new Set(copied));
});

// Node takes nothing from a cache that was filled under other options of V8.
test.each(APPS)('the image of %s holds what its command compiles, with the same options', (app) => {
  const served =
    new RegExp(`^CMD (\\["node", .*"${app}/src/main\\.ts", "serve"\\])$`, 'm').exec(dockerfile)?.[1] ?? '[]';
  const command: string[] = JSON.parse(served);
  expect(dockerfile).toContain(`\nRUN packages/runtime/fill-compile-cache ${command.join(' ')}\nCMD ${served}\n`);
});

test('a start of the service fills the compile cache', { tags: 'process' }, async () => {
  const cache = aDirectory();
  const [port, consolePort] = [await freePort(), await freePort()].map(String);
  const env = { ...process.env, NODE_COMPILE_CACHE: cache, PORT: port, CONSOLE_PORT: consolePort };
  // It waits until the health check of the image passes; where the service does not start or end well, this rejects.
  const serve = ['node', 'apps/terminal-agent/src/main.ts', 'serve'];
  await promisify(execFile)('packages/runtime/fill-compile-cache', serve, { cwd: root, env });
  // Even the sources are some hundreds.
  expect(readdirSync(cache, { recursive: true }).length).toBeGreaterThan(500);
});

/** Finds the value of a name in docker-compose.yml or the Dockerfile, with these words between them. */
const settingIn = (text: string, name: string, between: string) =>
  new RegExp(`\\b${name}${between}"?(\\d+)`).exec(text)?.[1];

test.each(APPS)('docker-compose.yml publishes the ports that %s listens on', (app) => {
  const compose = read('docker-compose.yml');
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
