// @module-tag process
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

test('the test command names every program that is missing at once, with the line that installs them, and runs nothing', () => {
  const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8'));
  const [first, ...rest] = scripts.test.split(' && ');
  expect(rest).toEqual(['vitest run']);
  const program = join(import.meta.dirname, '..', first.replace(/^node /, ''));
  const { status, stderr } = spawnSync(process.execPath, [program], { env: { PATH: '' }, encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toBe(
    `The tests need programs that are missing: cc, openssl, curl. On Debian and Ubuntu this installs them:
  sudo apt-get update && sudo apt-get install --yes --no-install-recommends gcc libc6-dev openssl curl
`,
  );
});
