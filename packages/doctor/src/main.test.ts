// @module-tag process
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');
const QUERY = '{"CinemaCode":"31010001"}';
const TEXT = `1.02026-11-24T19:20:05terminal-1GetPublicKeys${QUERY}`;
const bodyOf = (signature: string) =>
  `{"Version":"1.0","Datetime":"2026-11-24T19:20:05","Username":"terminal-1","Api":"GetPublicKeys","Signature":"${signature}","QueryData":${QUERY}}`;

const directory = mkdtempSync(join(tmpdir(), 'doctor-'));
afterAll(() => rmSync(directory, { recursive: true }));
const openssl = (args: string, input?: string): Buffer =>
  execFileSync('openssl', args.split(' '), { cwd: directory, input, stdio: 'pipe' });
const doctor = (args: readonly string[], input = '') => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], {
    cwd: directory,
    input,
    encoding: 'utf8',
  });
  return { status, stderr, json: stdout.startsWith('{') ? JSON.parse(stdout) : null };
};

beforeAll(() => {
  openssl('genrsa -out private.pem 2048');
  openssl('genrsa -out former.pem 2048');
  openssl('rsa -in private.pem -pubout -out public.pem');
  openssl('rsa -in former.pem -pubout -out former-public.pem');
  openssl('rsa -in private.pem -RSAPublicKey_out -out pkcs1.pem');
  openssl('req -new -x509 -key private.pem -subj /CN=terminal-1 -out certificate.pem');
  openssl('genpkey -algorithm SM2 -out sm2.pem');
  openssl('pkey -in sm2.pem -pubout -out sm2-public.pem');
  writeFileSync(join(directory, 'base64.txt'), openssl('pkey -in private.pem -pubout -outform DER').toString('base64'));
  writeFileSync(join(directory, 'good.json'), bodyOf(openssl('dgst -md5 -sign private.pem', TEXT).toString('base64')));
});

describe('doctor BODY --key FILE', () => {
  it.each(['public.pem', 'pkcs1.pem', 'certificate.pem', 'base64.txt'])(
    'takes the key as %s and exits with 0 where the signature verifies',
    (key) => {
      expect(doctor(['good.json', '--key', key])).toMatchObject({
        status: 0,
        json: { Verifies: true, Payload: 'digest-info', SignedText: TEXT, Mistakes: [] },
      });
    },
  );

  it('explains a signature that does not, read from standard input, and exits with 1', () => {
    const body = bodyOf(openssl('dgst -sha256 -sign private.pem', TEXT).toString('base64'));
    expect(doctor(['-', '--key', 'public.pem'], body)).toMatchObject({
      status: 1,
      json: {
        Verifies: false,
        SignedText: TEXT,
        Mistakes: [{ Code: 'digest', Where: 'Signature', Advice: expect.stringContaining('SHA-256') }],
      },
    });
  });

  it('prints no character of a body that a terminal obeys', () => {
    const hostile = (text: string) => text.replace('31010001', '31\u009b\u202e\u007f');
    const signature = openssl('dgst -md5 -sign private.pem', hostile(TEXT)).toString('base64');
    const { stdout } = spawnSync(process.execPath, [MAIN, '-', '--key', 'public.pem'], {
      cwd: directory,
      input: hostile(bodyOf(signature)),
      encoding: 'utf8',
    });
    expect(JSON.parse(stdout).SignedText).toBe(hostile(TEXT));
    expect(stdout).not.toMatch(/[\u007f-\u009f\u202e]/);
  });

  it('names the other key that signed', () => {
    const body = bodyOf(openssl('dgst -md5 -sign former.pem', TEXT).toString('base64'));
    const { json } = doctor(['-', '--key', 'public.pem', '--other-key', 'former-public.pem', '--language', 'zh'], body);
    expect(json.Mistakes).toMatchObject([
      { Code: 'wrong-key', Where: 'former-public.pem', Advice: expect.stringContaining('密钥') },
    ]);
  });

  it.each([
    [['good.json'], /--key FILE/],
    [['--key', 'public.pem'], /one BODY/],
    [['good.json', '--key', 'public.pem', '--colour'], /--colour/],
    [['missing.json', '--key', 'public.pem'], /missing\.json cannot be read/],
    [['good.json', '--key', 'private.pem'], /private\.pem is a private key/],
    [['good.json', '--key', 'sm2-public.pem'], /sm2-public\.pem must be an RSA public key/],
  ])('exits with 2 and says what is wrong with %j', (args, says) => {
    const { status, stderr, json } = doctor(args);
    expect({ status, json }).toEqual({ status: 2, json: null });
    expect(stderr).toMatch(says);
  });
});
