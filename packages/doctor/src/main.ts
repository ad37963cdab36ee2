#!/usr/bin/env node
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { parsePublicKey, sm2Sm3 } from '@ticket-check/protocol';
import { diagnose } from './diagnose.ts';

const USAGE = `usage: doctor BODY --key PUBLIC.pem [--other-key FILE]… [--username NAME]… [--language en|zh]
  BODY         the request as it was sent: a file, or - for standard input
  --key        the public key of the account: PEM, a certificate, Base64, <RSAKeyValue>
  --other-key  a public key that may have been taken by mistake
  --username   a username that may have been signed by mistake
Prints one JSON object. Exit code 0: the signature verifies; 1: it does not; 2: bad usage.
`;

/** What can make a line in a terminal look like another; a body may have it anywhere. */
const MISLEADING = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

class BadUsage extends Error {}

const readInput = (file: string): Buffer => {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (error) {
    throw new BadUsage(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
};

const PFX_VERSION = Buffer.from('020103', 'hex');

/** What a file is instead of a public key, and the command that makes one of it; null where that is not known. */
const otherwise = (bytes: Buffer, file: string): string | null => {
  const text = bytes.toString('latin1');
  if (text.includes('PRIVATE KEY-----'))
    return `it is a private key, which stays where it is: openssl pkey -in ${file} -pubout -out public.pem`;
  if (/<RSAKeyValue>[\s\S]*<D>/.test(text))
    return 'it is a private key as <RSAKeyValue>: leave only <Modulus> and <Exponent> in it';
  if (text.includes('"PrivateKey"'))
    return 'it is a bundle: write its PrivateKey to key.pem, then openssl pkey -in key.pem -pubout';
  if (isSm2(bytes)) return 'it is an SM2 key, and the doctor explains only signatures of rsa-md5';
  if (bytes[0] !== 0x30 || !bytes.subarray(0, 8).includes(PFX_VERSION)) return null;
  return `it is a PFX file: openssl pkcs12 -in ${file} -nokeys -clcerts -out public.pem`;
};

const isSm2 = (bytes: Buffer): boolean => {
  try {
    sm2Sm3().readPublicKey(textOf(bytes));
    return true;
  } catch {
    return false;
  }
};

const textOf = (bytes: Buffer): string => (bytes[0] === 0x30 ? bytes.toString('base64') : bytes.toString('utf8'));

const readKey = (file: string): KeyObject => {
  const bytes = readInput(file);
  try {
    return parsePublicKey(textOf(bytes)).key;
  } catch (error) {
    const instead = otherwise(bytes, file);
    throw new BadUsage(
      `${file} ${error instanceof Error ? error.message : error}${instead === null ? '' : `; ${instead}`}`,
    );
  }
};

const run = (args: string[]): number => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      key: { type: 'string' },
      'other-key': { type: 'string', multiple: true, default: [] },
      username: { type: 'string', multiple: true, default: [] },
      language: { type: 'string', default: 'en' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const [file, ...more] = positionals;
  const { key, username, language, 'other-key': others } = values;
  if (file === undefined || more.length > 0) throw new BadUsage('give one BODY');
  if (key === undefined) throw new BadUsage('give the public key of the account: --key FILE');
  if (language !== 'en' && language !== 'zh') throw new BadUsage('--language is en or zh');
  const otherKeys = others.map((one) => ({ name: basename(one), key: readKey(one) }));
  const diagnosis = diagnose(readInput(file), [readKey(key)], { otherKeys, usernames: username });
  const Mistakes = diagnosis.Mistakes.map(({ AdviceZh, ...mistake }) =>
    language === 'zh' ? { ...mistake, Advice: AdviceZh } : mistake,
  );
  process.stdout.write(`${JSON.stringify({ ...diagnosis, Mistakes }, null, 2).replace(MISLEADING, escaped)}\n`);
  return diagnosis.Verifies ? 0 : 1;
};

try {
  process.exitCode = run(process.argv.slice(2));
} catch (error) {
  const isUsage =
    error instanceof BadUsage ||
    (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
  if (!isUsage) throw error;
  process.stderr.write(`doctor: ${error instanceof Error ? error.message : error}\n${USAGE}`);
  process.exitCode = 2;
}
