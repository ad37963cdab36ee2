import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { readRecoveredConfig } from './recovered-config.ts';

const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString();
const ROW = [1, 'https://third-party.example:9000/', 'terminal-1', privateKey, null, 'all', 'hex', 'string', '', null];

it.each([
  ['with its algorithm', [...ROW, 'rsa-md5'], 'rsa-md5'],
  ['that names an algorithm which nobody knows', [...ROW, 'another'], undefined],
])('reads the upstream of a damaged store out of a row %s', (_what, row, algorithm) => {
  const { upstream } = readRecoveredConfig(() => [row]);
  expect(upstream?.algorithm).toBe(algorithm);
  if (algorithm !== undefined) expect(upstream).toMatchObject({ username: 'terminal-1', privateKey });
});
