import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { baseSettings, localHost, readSettings } from './settings.ts';

// The health check of a container: exit code 0 when the service of this environment answers GET /health with 200.
const { CONSOLE_HOST, CONSOLE_PORT, DATA_DIR, TLS_CERT_FILE } = readSettings(baseSettings, process.env);
const certificate = TLS_CERT_FILE ?? join(DATA_DIR, 'tls', 'ca.pem');

if (!existsSync(certificate)) fail(`${certificate} does not exist yet`);
request(
  {
    host: localHost(CONSOLE_HOST),
    port: CONSOLE_PORT,
    path: '/health',
    ca: readFileSync(certificate),
    // a certificate made elsewhere may not name this address; it itself is what is trusted here
    ...(TLS_CERT_FILE !== undefined && { allowPartialTrustChain: true, checkServerIdentity: () => undefined }),
    timeout: 4000,
  },
  (response) => {
    response.resume();
    if (response.statusCode !== 200) fail(`GET /health answered ${response.statusCode}`);
  },
)
  .on('timeout', () => fail('GET /health took more than 4 s'))
  .on('error', (error) => fail(error.message))
  .end();

function fail(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
