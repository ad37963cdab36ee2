import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sm2Sm3 } from '@ticket-check/protocol';
import { aDirectory } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { readPrivateKeyFile } from './private-key-file.ts';

const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = rsa.export({ type: 'pkcs8', format: 'pem' }).toString();
const der = rsa.export({ type: 'pkcs8', format: 'der' });
const file = (content: string | Buffer) => {
  const path = join(aDirectory(), 'key');
  writeFileSync(path, content);
  return path;
};

it.each([
  ['PEM', pem],
  ['DER', der],
  ['PKCS#1 as DER', rsa.export({ type: 'pkcs1', format: 'der' })],
  ['Base64 on one line', der.toString('base64')],
  ['Base64 in lines, CR LF', `${der.toString('base64').replace(/.{64}/g, '$&\r\n')}\r\n`],
])('a private key is read as a platform hands it out: %s', async (_name, content) => {
  expect(await readPrivateKeyFile(file(content))).toBe(pem);
});

it('a private key of SM2 without armour is one that signs SM2', async () => {
  const { privateKey } = await sm2Sm3().generateKeyPair();
  const bare = privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64');
  expect(sm2Sm3().readPrivateKey(await readPrivateKeyFile(file(bare)))).toBeDefined();
});

it('a .pfx file opens with its password, which is named in a file', async () => {
  const [pfx, key] = [join(aDirectory(), 'key.pfx'), file(pem)];
  execFileSync('openssl', ['pkcs12', '-export', '-nocerts', '-inkey', key, '-passout', 'pass:secret 1', '-out', pfx]);
  const read = async (password: string) => createPrivateKey(await readPrivateKeyFile(pfx, file(password)));
  expect((await read('secret 1\n')).equals(rsa)).toBe(true);
  await expect(read('secret 2')).rejects.toThrow('does not open with this password');
});

it.each([
  ['a public key', 'MCowBQYDK2VwAyEA'],
  ['a text', '私钥'],
  ['nothing', ''],
])('what is none is refused in one sentence: %s', async (_what, content) => {
  await expect(readPrivateKeyFile(file(content))).rejects.toThrow('holds no private key that can be read');
});
