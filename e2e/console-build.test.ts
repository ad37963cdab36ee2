import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildConsole, buildConsoles } from '@ticket-check/console/build';
import { aDirectory } from '@ticket-check/storage/testing/directory';
import { expect, test } from 'vitest';

const FIRST = {
  'national-platform': 'today-screen',
  'third-party-platform': 'today-screen',
  'terminal-agent': 'state',
} as const;
/** Of what is sent before the first screen shows something, in bytes. */
const FIRST_LOAD = 320 * 1024;

test.each(Object.entries(FIRST))(
  'the first load of the %s is at most 320 KB compressed, and names nothing of another host',
  { tags: 'slow' },
  async (app, first) => {
    await buildConsoles();
    const dist = join(import.meta.dirname, '..', 'apps', app, 'console', 'dist');
    const html = await readFile(join(dist, 'index.html'), 'utf8');
    const built = await readdir(dist);
    const named = [...html.matchAll(/(?:src|href)="\/console\/([^"]+\.(?:js|css))"/g)].map(([, name = '']) => name);
    const loaded = new Set([...named, ...built.filter((name) => name.startsWith(`${first}-`) && name.endsWith('.js'))]);
    expect(loaded.size).toBeGreaterThanOrEqual(3);
    // What is imported is added while they are gone through.
    for (const name of loaded) {
      if (!name.endsWith('.js')) continue;
      const script = await readFile(join(dist, name), 'utf8');
      for (const [, imported = ''] of script.matchAll(/(?:from|import)"\.\/([^"]+)"/g)) loaded.add(imported);
    }
    const sizes = await Promise.all([...loaded].map(async (name) => (await stat(join(dist, `${name}.br`))).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(FIRST_LOAD);
    const scripts = built.filter((name) => name.endsWith('.js')).map((name) => readFile(join(dist, name), 'utf8'));
    // A test builds what a service serves, whatever its environment says.
    expect((await Promise.all(scripts)).join('')).not.toContain('jsxDEV');
    expect(html).not.toMatch(/https?:|\/\/[a-z]/);
    expect(html).toContain('nonce="__nonce__"');
  },
);

test('a console is built whole where two build it at once, and again when a source has changed', {
  tags: 'slow',
}, async () => {
  const directory = aDirectory();
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
