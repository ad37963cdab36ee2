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

/** What the proof of the cluster needs; only that one fails without them, and names them itself. */
const OF_THE_CLUSTER: Readonly<Record<string, string>> = {
  etcd: 'etcd-server',
  haproxy: 'haproxy',
  patroni: 'patroni python3-etcd',
  pgbouncer: 'pgbouncer',
  pg_createcluster: 'postgresql',
};

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
const isInstalled = (program: string) => folders.some((folder) => existsSync(join(folder, program)));
const missingOf = (tools: object) => Object.keys(tools).filter((program) => !isInstalled(program));

const [missing, ofTheCluster] = [missingOf(TOOLS), missingOf(OF_THE_CLUSTER)];
const packagesOf = (programs: readonly string[]) =>
  programs.map((program) => TOOLS[program] ?? OF_THE_CLUSTER[program]).join(' ');
const installing = (packages: string) => `apt-get install --yes --no-install-recommends ${packages}`;

if (process.getuid?.() === 0 && isInstalled('apt-get')) {
  if (missing.length > 0) install(packagesOf(missing));
  // Another release of Debian or Ubuntu may lack one of them.
  if (ofTheCluster.length > 0)
    try {
      install(packagesOf(ofTheCluster));
    } catch {
      process.stderr.write('Without them the proof of the cluster fails.\n');
    }
} else if (missing.length > 0) {
  const command = installing(packagesOf([...missing, ...ofTheCluster]));
  process.stderr.write(
    `The tests need programs that are missing: ${missing.join(', ')}. On Debian and Ubuntu this installs them:\n  sudo apt-get update && sudo ${command}\n`,
  );
  process.exitCode = 1;
}

function install(packages: string): void {
  process.stderr.write(`Installing what tests need: ${packages}\n`);
  // Debian starts the services of packages as it installs them, unless this file says otherwise.
  const script = `apt-get update
policy=/usr/sbin/policy-rc.d
[ -e $policy ] || { trap 'rm -f $policy' EXIT; printf '#!/bin/sh\\nexit 101\\n' >$policy; chmod +x $policy; }
${installing(packages)}`;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  execFileSync('sh', ['-ec', script], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}
