import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { run } from './testing/run.ts';
import { read, root } from './testing/texts.ts';

const workspaces = globSync('{packages,apps}/*/package.json', { cwd: root }).map(dirname);

/** Licences under which software may be given on within Apache-2.0, as SPDX names them. */
const PERMISSIVE = new Set([
  ...['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'CC0-1.0'],
  ...['ISC', 'MIT', 'Python-2.0', 'Unlicense', 'Zlib'],
]);

/** A font may be given on with any software, and embedded in any document, as long as it is not sold by itself. */
const OF_FONTS = 'OFL-1.1';

/** Whether an SPDX expression allows choosing only permissive licences; an unreadable one does not. */
function isPermissive(expression: string): boolean {
  const plain = expression.replace(/^\((.*)\)$/, '$1');
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((license) => PERMISSIVE.has(license)));
}

test('the project is under Apache-2.0, and says so in every package and in both READMEs', () => {
  expect(read('LICENSE')).toMatch(/^\s+Apache License\s+Version 2\.0, January 2004\s/);
  expect(read('LICENSE')).toMatch(/\n {3}END OF TERMS AND CONDITIONS\n/);
  for (const readme of ['README.md', 'README.zh-CN.md']) expect(read(readme)).toMatch(/Apache-2\.0.*\(LICENSE\)/);
  for (const directory of ['.', 'e2e', 'bench', ...workspaces]) {
    expect(JSON.parse(read(join(directory, 'package.json'))).license, directory).toBe('Apache-2.0');
  }
});

test('every dependency that runs in production is under a licence that agrees with it', () => {
  const listed = run('pnpm', ['--dir', fileURLToPath(root), ...'--recursive licenses list --prod --json'.split(' ')]);
  const byLicense: Record<string, { name: string }[]> = JSON.parse(`${listed}`);
  const dependencies = Object.entries(byLicense).flatMap(([license, all]) =>
    all.map(({ name }) => ({ name, license })),
  );
  expect(dependencies.map(({ name }) => name)).toEqual(expect.arrayContaining(['fastify', 'kysely', 'node-forge']));
  const mayBeGivenOn = ({ name, license }: { name: string; license: string }) =>
    isPermissive(license) || (name.startsWith('@fontsource') && license === OF_FONTS);
  expect(dependencies.filter((each) => !mayBeGivenOn(each))).toEqual([]);
});
