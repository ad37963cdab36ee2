import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

// Runs before every test. Installs the programs that tests run and no npm package brings, or names them and the line that
// installs them, so that nothing runs halfway.

/** Programs and the packages of Debian that have them. */
const TOOLS: Readonly<Record<string, string>> = {
  cc: 'gcc libc6-dev',
  openssl: 'openssl',
  curl: 'curl',
};

const isInstalled = (program: string) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));

const missing = Object.keys(TOOLS).filter((program) => !isInstalled(program));
if (missing.length > 0) {
  const packages = missing.map((program) => TOOLS[program]).join(' ');
  const install = `apt-get install --yes --no-install-recommends ${packages}`;
  if (process.getuid?.() === 0 && isInstalled('apt-get')) {
    process.stderr.write(`Installing what tests need: ${packages}\n`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync('sh', ['-c', `apt-get update && ${install}`], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  } else {
    process.stderr.write(
      `The tests need programs that are missing: ${missing.join(', ')}. On Debian and Ubuntu this installs them:\n  sudo apt-get update && sudo ${install}\n`,
    );
    process.exitCode = 1;
  }
}
