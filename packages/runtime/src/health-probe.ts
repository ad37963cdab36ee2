import { request } from 'node:https';
import { baseSettings, localHost, readSettings } from './settings.ts';

// The health check of a container: exit code 0 when the service of this environment answers GET /ready with 200.
const { CONSOLE_HOST, CONSOLE_PORT } = readSettings(baseSettings, process.env);

// Nothing is sent that another program could misuse, so the certificate need not name this address.
request({ host: localHost(CONSOLE_HOST), port: CONSOLE_PORT, path: '/ready', rejectUnauthorized: false, timeout: 4000 })
  .on('response', (response) => {
    response.resume();
    if (response.statusCode !== 200) fail(`GET /ready answered ${response.statusCode}`);
  })
  .on('timeout', () => fail('GET /ready took more than 4 s'))
  .on('error', (error) => fail(error.message))
  .end();

function fail(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
