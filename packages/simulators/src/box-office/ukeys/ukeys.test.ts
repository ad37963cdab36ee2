import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readPfx } from '@ticket-check/exchange';
import { encodeTicketCode, parseFen } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBoxOffice, makeUkey, publicPart } from '../index.ts';
import { OPENING, openBoxOffice, runBoxOffice } from '../testing/scene.ts';
import { takePfx, unlockUkey } from './pfx.ts';
import { openUkey, type Ukey } from './ukey.ts';

// @module-tag process

const PASSWORD = 'pass word-7';
const { boxOffice, sessions } = openBoxOffice();
const content = {
  cinemaCode: boxOffice.cinema.cinemaCode,
  filmTicketCode: '0000000112345678',
  screenCode: sessions[0]!.screenCode,
  filmCode: sessions[0]!.filmCode,
  sessionCode: sessions[0]!.sessionCode,
  startTime: sessions[0]!.startTime,
  seatCode: '0000000000000093',
  price: parseFen(4500),
  service: parseFen(300),
};
const codeWith = (ukey: Ukey) => encodeTicketCode(content, openUkey(ukey));
const withPassword = { env: { UKEY_PIN: PASSWORD }, ask: async () => null };

let dir: string;
const file = (name: string) => join(dir, name);
const openssl = (...args: string[]) => promisify(execFile)('openssl', args);
const exported = (...args: string[]) => openssl('pkcs12', '-export', '-passout', `pass:${PASSWORD}`, ...args);
const software = { '1024': makeUkey(OPENING), '2048': makeUkey(OPENING, 2048) };

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ukeys-'));
  for (const [bits, { privateKey }] of Object.entries(software)) await writeFile(file(`${bits}.pem`), privateKey);
  const { privateKey: ec } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(file('ec.pem'), ec.export({ type: 'pkcs8', format: 'pem' }));
  const certificate = `req -x509 -subj /CN=Ukey -days 1 -key ${file('2048.pem')} -out ${file('c.pem')}`.split(' ');
  await Promise.all([
    exported('-nocerts', '-inkey', file('1024.pem'), '-out', file('1024.pfx')),
    exported('-nocerts', '-inkey', file('2048.pem'), '-out', file('2048.pfx')),
    // Made by OpenSSL 3.4, which not every system has.
    copyFile(new URL('../testing/pbmac1.pfx', import.meta.url), file('pbmac1.pfx')),
    exported('-nocerts', '-inkey', file('ec.pem'), '-out', file('ec.pfx')),
    openssl(...certificate).then(() => exported('-nokeys', '-in', file('c.pem'), '-out', file('none.pfx'))),
  ]);
});
afterAll(() => rm(dir, { recursive: true }));

it.each(['1024', '2048'] as const)(
  'a Ukey of %s bits makes the same code in a .pfx file and in software',
  async (bits) => {
    const inFile = await takePfx(file(`${bits}.pfx`), OPENING, withPassword);
    expect(codeWith(inFile)).toBe(codeWith(software[bits]));
    expect(publicPart(inFile)).toMatchObject({ spki: publicPart(software[bits]).spki });
    expect(JSON.stringify(inFile)).not.toContain('PRIVATE KEY');
  },
);

describe('a .pfx file', () => {
  it.each([
    ['a wrong password', '1024.pfx', 'wrong', 'does not open with this password'],
    ['a password beyond ASCII', '1024.pfx', '密码', 'has characters beyond ASCII'],
    ['no key in it', 'none.pfx', PASSWORD, 'holds no private key: export the certificate together with its key'],
    ['PBMAC1', 'pbmac1.pfx', PASSWORD, 'is protected in a way that cannot be read'],
    ['another kind of file', '1024.pem', PASSWORD, 'is no .pfx file (PKCS#12)'],
    ['a key of another kind', 'ec.pfx', PASSWORD, 'is no RSA key'],
    ['no file', 'nothing.pfx', PASSWORD, 'cannot be read'],
  ])('says what is wrong: %s', async (_what, name, password, words) => {
    const reading = readPfx(file(name), password);
    await expect(reading).rejects.toThrow(ExpectedError);
    await expect(reading).rejects.toThrow(words);
  });
});

it('is not taken for another key that lies in its place', async () => {
  const ukey = await takePfx(file('1024.pfx'), OPENING, withPassword);
  await writeFile(file('1024.pfx.kept'), await readFile(file('1024.pfx')));
  await writeFile(file('1024.pfx'), await readFile(file('2048.pfx')));
  await expect(unlockUkey(ukey, withPassword)).rejects.toThrow(`${file('1024.pfx')} holds another key`);
  await rename(file('1024.pfx.kept'), file('1024.pfx'));
});

describe('the commands', () => {
  async function run(env: Record<string, string>, typed: string | null, ...args: string[]) {
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(question);
      return typed;
    };
    return { asked, ...(await runBoxOffice(file('state.json'), args, env, ask)) };
  }

  it('make a cinema on a .pfx file, sell, and rotate; the password comes from a file, the environment or the keyboard', async () => {
    const made = await run({}, PASSWORD, 'make', '--pfx', file('1024.pfx'));
    expect(made).toMatchObject({ code: 0, stderr: '', asked: [`Password of ${file('1024.pfx')}: `] });
    await writeFile(file('password'), `${PASSWORD}\n`);
    const sold = await run({ UKEY_PIN_FILE: file('password') }, null, 'sell', '--count', '2');
    expect(sold).toMatchObject({ code: 0, stderr: '', asked: [] });
    expect(sold.stdout.trim().split('\n')).toHaveLength(2);
    expect(await run({}, null, 'sell')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'The Ukey needs its password: set UKEY_PIN_FILE or UKEY_PIN, or run the command at a terminal.\n',
    });
    const wrong = await run({ UKEY_PIN: '999999' }, null, 'sell');
    expect(wrong).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('does not open with this password'),
    });
    expect(wrong.stderr).not.toContain('999999');

    const rotated = ['rotate', '--start', '2099-01-01T00:00:00', '--pfx', file('2048.pfx')];
    expect(await run({ UKEY_PIN: PASSWORD }, null, ...rotated)).toMatchObject({ code: 0, stderr: '' });
    const kept = await loadBoxOffice(file('state.json'));
    expect(kept.tickets).toHaveLength(2);
    expect(kept.ukeys.map((ukey) => publicPart(ukey).spki)).toEqual(
      [software['1024'], software['2048']].map((ukey) => publicPart(ukey).spki),
    );
    const state = await readFile(file('state.json'), 'utf8');
    for (const secret of ['PRIVATE KEY', PASSWORD]) expect(state).not.toContain(secret);
  });
});
