import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

// Runs before every test. Installs the programs that tests run and no npm package brings, or names them and the line that
// installs them, so that nothing runs halfway.

type Tools = Readonly<Record<string, string>>;

/** Programs and the packages of Debian that have them. */
const TOOLS: Tools = { cc: 'gcc libc6-dev', openssl: 'openssl', curl: 'curl', pgbouncer: 'pgbouncer' };

/** What the proof of the cluster needs; only that one fails without them, and names them itself. */
const OF_THE_CLUSTER: Tools = {
  ...{ etcd: 'etcd-server', haproxy: 'haproxy' },
  ...{ patroni: 'patroni python3-etcd', pg_createcluster: 'postgresql' },
};

/** What the clients and platforms of examples/ are compiled and run with; only their tests fail without it. A name with spaces is run. */
const OF_THE_EXAMPLES: Tools = {
  "python3 -c 'import cryptography'": 'python3 python3-cryptography',
  go: 'golang-go',
  javac: 'default-jdk-headless',
  php: 'php-cli',
  mcs: 'mono-mcs mono-runtime libmono-system-net-http4.0-cil libmono-system-runtime-serialization4.0-cil libmono-system-xml-linq4.0-cil',
};

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
const isInstalled = (program: string) =>
  program.includes(' ')
    ? spawnSync('sh', ['-c', program]).status === 0
    : folders.some((folder) => existsSync(join(folder, program)));
const missingOf = (tools: object) => Object.keys(tools).filter((program) => !isInstalled(program));

const missing = missingOf(TOOLS);
/** What only some tests need, by the tests that fail without it. */
const optional = { 'the proof of the cluster': OF_THE_CLUSTER, 'the tests of examples/': OF_THE_EXAMPLES };
const ALL = { ...TOOLS, ...OF_THE_CLUSTER, ...OF_THE_EXAMPLES };
const packagesOf = (programs: readonly string[]) => programs.map((program) => ALL[program]).join(' ');
const installing = (packages: string) => `apt-get install --yes --no-install-recommends ${packages}`;

if (process.getuid?.() === 0 && isInstalled('apt-get')) {
  if (missing.length > 0) install(packagesOf(missing));
  // Another release of Debian or Ubuntu may lack one of them.
  for (const [tests, tools] of Object.entries(optional))
    try {
      if (missingOf(tools).length > 0) install(packagesOf(missingOf(tools)));
    } catch {
      process.stderr.write(`Without them fail ${tests}.\n`);
    }
} else if (missing.length > 0) {
  const command = `sudo apt-get update && sudo ${installing(packagesOf(missingOf(ALL)))}`;
  process.stderr.write(`The tests need programs that are missing: ${missing.join(', ')}.\n`);
  process.stderr.write(`On Debian and Ubuntu this installs them:\n  ${command}\n`);
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
