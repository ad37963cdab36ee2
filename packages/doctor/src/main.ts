#!/usr/bin/env node
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { parsePublicKey } from '@ticket-check/protocol';
import { diagnose } from './diagnose.ts';

const USAGE = `usage: doctor BODY --key PUBLIC.pem [--other-key FILE]… [--username NAME]… [--language en|zh]
  BODY         the request as it was sent: a file, or - for standard input
  --key        the public RSA key of the account: PEM, a certificate, Base64, <RSAKeyValue>;
               of a private key: openssl pkey -in key.pem -pubout, of a PFX file: openssl pkcs12 -in FILE -nokeys
  --other-key  a public key that may have been taken by mistake
  --username   a username that may have been signed by mistake
Prints one JSON object. Exit code 0: the signature verifies; 1: it does not; 2: bad usage.
`;

/** What can make a line in a terminal look like another; a body may have it anywhere. */
const MISLEADING = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

class BadUsage extends Error {}

/** Does what fails only by what was asked for; the message begins with `what`. */
const asked = <T>(what: string, act: () => T): T => {
  try {
    return act();
  } catch (error) {
    throw new BadUsage(`${what}${error instanceof Error ? error.message : error}`);
  }
};

const readInput = (file: string): Buffer =>
  asked(`${file} cannot be read: `, () => readFileSync(file === '-' ? 0 : file));

const readKey = (file: string): KeyObject => {
  const bytes = readInput(file);
  return asked(`${file} `, () => parsePublicKey(bytes.toString(bytes[0] === 0x30 ? 'base64' : 'utf8')).key);
};

const OPTIONS = {
  key: { type: 'string' },
  'other-key': { type: 'string', multiple: true, default: [] as string[] },
  username: { type: 'string', multiple: true, default: [] as string[] },
  language: { type: 'string', default: 'en' },
  help: { type: 'boolean', short: 'h' },
} as const;

const run = (args: string[]): number => {
  const { values, positionals } = asked('', () => parseArgs({ args, allowPositionals: true, options: OPTIONS }));
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
  if (!(error instanceof BadUsage)) throw error;
  process.stderr.write(`doctor: ${error.message}\n${USAGE}`);
  process.exitCode = 2;
}
