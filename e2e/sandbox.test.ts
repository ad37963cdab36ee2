import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startProgram } from '@ticket-check/runtime/testing';
import { aDirectory } from '@ticket-check/storage/testing/directory';
import { expect, onTestFinished, test } from 'vitest';
import { ask, type Bundle, request, shanghaiTime, signedBody } from './testing/client.ts';

const main = fileURLToPath(new URL('../packages/simulators/src/dev-network/main.ts', import.meta.url));

test('`sandbox` sells tickets of every kind, and explains a refused request as it comes', async () => {
  const directory = aDirectory();
  const args = ['sandbox', '--data', directory, '--port', `${await freePort()}`];
  const { said, output, kill } = startProgram(main, args, {});
  onTestFinished(async () => void (await kill('SIGINT')));
  await said(/Waiting for requests/);
  const kinds = output.stdout.split('\n').filter((line) => /^[a-z-]+ [\u4e00-\u9fff]+: [A-Z]/.test(line));
  const sold = ['sold', 'refunded', 'entered', 'expired', 'early', 'e-ticket'];
  expect(kinds.map((line) => line.split(' ')[0])).toEqual(sold);
  const bundle: Bundle = JSON.parse(readFileSync(join(directory, 'third-party-platform.bundle.json'), 'utf8'));
  const [CinemaCode = ''] = bundle.CinemaCodes;
  expect((await ask(bundle, 'GetPublicKeys', { CinemaCode })).PublicKeys).toHaveLength(1);
  const signed = (options?: Parameters<typeof signedBody>[3], account = bundle) =>
    signedBody(account, 'GetPublicKeys', { CinemaCode }, options);
  const refused = [
    signed().replace(/"QueryData":\{/, '$&"Extra":1,'),
    signed({}, { ...bundle, Username: 'terminal-9' }),
    signed({ Datetime: shanghaiTime(-3600) }),
    signed({ Datetime: shanghaiTime(-3600) }).replace('"1.0"', '1'),
    signed().slice(0, -1),
    signedBody(bundle, 'GetPublicKeys', { CinemaCode: '99999999' }),
  ];
  expect((await request(bundle, '', { method: 'GET' })).status).toBe(405);
  // The platform cuts the connection after its reply.
  expect((await request(bundle, Buffer.alloc(60_000_000, ' '))).status).toBe(413);
  for (const body of refused) expect((await request(bundle, body)).status).toBeGreaterThanOrEqual(400);
  await said(/CINEMA_NOT_ALLOWED/);
  const explained = [
    'METHOD_NOT_ALLOWED: .*\n  Mend what the message names; the same request fails again.',
    'BODY_TOO_LARGE: .*\n  Send it in smaller parts.',
    'third-party-platform refused a request: SIGNATURE_INVALID.*\n  changed-value at QueryData.Extra: Signed: .*',
    'SIGNATURE_INVALID.*\n  The account "terminal-9" is unknown here; the bundle is for trial-.*',
    'CLOCK_SKEW: .*\n  Set the clock \\(NTP\\), sign again, and send.',
    'CLOCK_SKEW: .*\n  Set the clock .*\n  version-form at Version: .*',
    'INVALID_JSON: .*\n  not-a-signature at body: The body is no JSON object.*',
    'CINEMA_NOT_ALLOWED',
  ];
  expect(output.stdout).toMatch(new RegExp(explained.join('\n.*')));
  expect(await kill('SIGINT')).toMatchObject({ code: 0, stderr: '' });
});
