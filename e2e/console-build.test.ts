import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildConsole, buildConsoles } from '@ticket-check/console/build';
import { expect, onTestFinished, test } from 'vitest';

const DIST = join(import.meta.dirname, '..', 'apps', 'third-party-platform', 'console', 'dist');
/** Of what is sent before the first screen shows something, in bytes. */
const FIRST_PAGE = 450 * 1024;

test('the first page of the console is under 450 KB compressed, and names nothing of another host', {
  tags: 'slow',
}, async () => {
  await buildConsoles();
  const html = await readFile(join(DIST, 'index.html'), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="\/console\/([^"]+\.(?:js|css))"/g)].map(([, name = '']) => name);
  // As if every screen were opened: each is loaded when it is.
  const others = (await readdir(DIST)).filter((name) => /\.(js|css)$/.test(name) && !named.includes(name));
  const sizes = await Promise.all(
    [...named, ...others].map(async (name) => (await stat(join(DIST, `${name}.br`))).size),
  );
  expect(named.length).toBeGreaterThanOrEqual(2);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(FIRST_PAGE);
  const scripts = await Promise.all([...named, ...others].map((name) => readFile(join(DIST, name), 'utf8')));
  // A test builds what a service serves, whatever its environment says.
  expect(scripts.join('')).not.toContain('jsxDEV');
  expect(html).not.toMatch(/https?:|\/\/[a-z]/);
  expect(html).toContain('nonce="__nonce__"');
});

test('a console is built whole where two build it at once, and again when a source has changed', {
  tags: 'slow',
}, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'console-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, 'index.html'), '<script type="module" src="./main.ts"></script>');
  const write = (text: string) => writeFile(join(directory, 'main.ts'), `document.title = '${text}';`);
  const served = async () => {
    const names = (await readdir(join(directory, 'dist'))).filter((name) => name.endsWith('.js'));
    return Promise.all(names.map((name) => readFile(join(directory, 'dist', name), 'utf8')));
  };
  await write('first');
  expect(await Promise.all([buildConsole(directory), buildConsole(directory)])).toEqual([true, true]);
  expect(await served()).toEqual([expect.stringContaining('first')]);
  expect(await buildConsole(directory)).toBe(false);
  await write('second');
  expect(await buildConsole(directory)).toBe(true);
  expect(await served()).toEqual([expect.stringContaining('second')]);
  await writeFile(join(directory, 'index.html'), '<script type="module" src="./none.ts"></script>');
  await expect(buildConsole(directory)).rejects.toThrow();
  expect(await served()).toEqual([expect.stringContaining('second')]);
  expect((await readdir(directory)).sort()).toEqual(['dist', 'index.html', 'main.ts']);
});
