// @module-tag process
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encodeTicketCode, parseFen } from '@ticket-check/protocol';
import { ExpectedError } from '@ticket-check/runtime';
import { runCommand } from '@ticket-check/runtime/program';
import { outputOf } from '@ticket-check/runtime/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBoxOffice, makeUkey, publicPart } from '../index.ts';
import { createBoxOfficeProgram } from '../program.ts';
import { OPENING, openBoxOffice } from '../testing/scene.ts';
import { buildBinding, keepTokensIn, makeToken, PIN, softHsmModule } from '../testing/soft-token.ts';
import { readPfx } from './pfx.ts';
import { openToken } from './token.ts';
import { openUkey, type Ukey } from './ukey.ts';
import { takePfx, takeToken, unlockUkey } from './unlock.ts';

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
const withPin = (pin: string) => ({ env: { UKEY_PIN: pin }, ask: async () => null });

let dir: string;
const file = (name: string) => join(dir, name);
const openssl = (...args: string[]) => promisify(execFile)('openssl', args);
const previousConfiguration = process.env.SOFTHSM2_CONF;
const software = { '1024': makeUkey(OPENING), '2048': makeUkey(OPENING, 2048) };
const module = softHsmModule();
let serial: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ukeys-'));
  for (const [bits, { privateKey }] of Object.entries(software)) await writeFile(file(`${bits}.pem`), privateKey);
  await keepTokensIn(dir);
  const exported = (...args: string[]) => openssl('pkcs12', '-export', '-passout', `pass:${PASSWORD}`, ...args);
  const certificate = [
    'req',
    '-x509',
    '-key',
    file('2048.pem'),
    '-subj',
    '/CN=Ukey',
    '-days',
    '1',
    '-out',
    file('c.pem'),
  ];
  const token = async () => {
    await buildBinding();
    serial = await makeToken('ukey', { '01': file('1024.pem'), a2: file('2048.pem') });
  };
  await Promise.all([
    token(),
    exported('-nocerts', '-inkey', file('1024.pem'), '-out', file('1024.pfx')),
    exported('-nocerts', '-inkey', file('2048.pem'), '-out', file('2048.pfx')),
    exported('-nocerts', '-inkey', file('2048.pem'), '-pbmac1_pbkdf2', '-out', file('pbmac1.pfx')),
    openssl(...certificate).then(() => exported('-nokeys', '-in', file('c.pem'), '-out', file('none.pfx'))),
  ]);
});
afterAll(async () => {
  if (previousConfiguration === undefined) delete process.env.SOFTHSM2_CONF;
  else process.env.SOFTHSM2_CONF = previousConfiguration;
  await rm(dir, { recursive: true });
});

describe.each([
  ['1024', '01'],
  ['2048', 'a2'],
] as const)('a Ukey of %s bits', (bits, keyId) => {
  it('makes the same code in a token, in a .pfx file and in software', async () => {
    const inFile = await takePfx(file(`${bits}.pfx`), OPENING, withPin(PASSWORD));
    const inToken = await takeToken({ module, serial, keyId }, OPENING, withPin(PIN));
    const code = codeWith(software[bits]);
    expect(codeWith(inFile)).toBe(code);
    expect(codeWith(inToken)).toBe(code);
    expect(publicPart(inToken)).toMatchObject({ spki: publicPart(software[bits]).spki });
    expect(JSON.stringify([inFile, inToken])).not.toContain('PRIVATE KEY');
  });
});

describe('a token', () => {
  const open = (search: { module?: string; serial?: string; keyId?: string } = {}, pin = PIN) =>
    openToken({ module, serial, keyId: '01', ...search }, pin);

  it('is opened again where its session was closed, by another part of the program as well', async () => {
    const token = await open();
    const message = Buffer.alloc(107, 'x');
    const sealed = token.seal(message);
    const { default: pkcs11 } = await import('pkcs11js');
    const other = new pkcs11.PKCS11();
    other.load(module);
    for (const slot of other.C_GetSlotList(true)) other.C_CloseAllSessions(slot);
    expect(token.seal(message)).toEqual(sealed);
    other.C_Finalize();
    expect(token.seal(message)).toEqual(sealed);
  });

  it('says that it was unplugged, and signs again once it is back', async () => {
    const token = await open();
    const message = Buffer.alloc(107, 'x');
    const sealed = token.seal(message);
    const { default: pkcs11 } = await import('pkcs11js');
    const other = new pkcs11.PKCS11();
    other.load(module);
    // SoftHSM sees that a token is gone when it starts.
    await rename(file('tokens'), file('away'));
    await mkdir(file('tokens'));
    other.C_Finalize();
    expect(() => token.seal(message)).toThrow(`The Ukey ${serial} is not plugged in (no token is): plug it in`);
    await rm(file('tokens'), { recursive: true });
    await rename(file('away'), file('tokens'));
    other.C_Finalize();
    expect(token.seal(message)).toEqual(sealed);
  });

  it.each([
    ['a wrong PIN', {}, '000000', 'The PIN is wrong. A Ukey locks itself after a few wrong PINs'],
    ['a module that is not there', { module: '/none.so' }, PIN, 'The PKCS#11 module /none.so cannot be loaded'],
    ['another token', { serial: 'beef' }, PIN, 'The Ukey beef is not plugged in (only '],
    ['a key that is not in it', { keyId: '77' }, PIN, 'The Ukey holds no RSA key with the ID 77.'],
  ])('says what is wrong: %s', async (_what, search, pin, words) => {
    const opening = open(search, pin);
    await expect(opening).rejects.toThrow(ExpectedError);
    await expect(opening).rejects.toThrow(words);
    await expect(opening).rejects.not.toThrow(pin);
  });

  it('asks which key where it has several', async () => {
    await expect(openToken({ module }, PIN)).rejects.toThrow(
      /^The Ukey holds several RSA keys: name one by its ID \((01, a2|a2, 01)\)\.$/,
    );
  });
});

describe('a .pfx file', () => {
  it.each([
    ['a wrong password', '1024.pfx', 'wrong', 'does not open with this password'],
    ['a password beyond ASCII', '1024.pfx', '密码', 'has characters beyond ASCII'],
    ['no key in it', 'none.pfx', PASSWORD, 'holds no private key: export the certificate together with its key'],
    ['PBMAC1', 'pbmac1.pfx', PASSWORD, 'is protected with PBMAC1, which cannot be read: export it again'],
    ['another kind of file', '1024.pem', PASSWORD, 'is no .pfx file (PKCS#12)'],
    ['no file', 'nothing.pfx', PASSWORD, 'cannot be read'],
  ])('says what is wrong: %s', async (_what, name, password, words) => {
    const reading = readPfx(file(name), password);
    await expect(reading).rejects.toThrow(ExpectedError);
    await expect(reading).rejects.toThrow(words);
  });

  it('says that a key of another kind is none', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(file('ec.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await openssl(
      'pkcs12',
      '-export',
      '-nocerts',
      '-inkey',
      file('ec.pem'),
      '-passout',
      `pass:${PASSWORD}`,
      '-out',
      file('ec.pfx'),
    );
    await expect(readPfx(file('ec.pfx'), PASSWORD)).rejects.toThrow('is no RSA key, which a Ukey has to be');
  });
});

it('is not taken for another key that lies in its place', async () => {
  const ukey = await takePfx(file('1024.pfx'), OPENING, withPin(PASSWORD));
  await writeFile(file('1024.pfx.kept'), await readFile(file('1024.pfx')));
  await writeFile(file('1024.pfx'), await readFile(file('2048.pfx')));
  await expect(unlockUkey(ukey, withPin(PASSWORD))).rejects.toThrow('This is another key');
  await rename(file('1024.pfx.kept'), file('1024.pfx'));
});

describe('the commands', () => {
  function run(env: Record<string, string>, typed: string | null, ...args: string[]) {
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(question);
      return typed;
    };
    const program = createBoxOfficeProgram(env, Date.now, ask);
    const argv = ['node', 'box-office', '--state', file('state.json'), ...args];
    return outputOf(() => runCommand(program, argv)).then(({ result, ...output }) => ({
      code: result,
      asked,
      ...output,
    }));
  }

  it('make a cinema on a token, sell, and rotate to a .pfx file; the PIN comes from a file, the environment or the keyboard', async () => {
    const made = await run({}, PIN, 'make', '--token', module, '--token-serial', serial, '--token-key', '01');
    expect(made).toMatchObject({ code: 0, stderr: '', asked: ['PIN of the Ukey: '] });
    await writeFile(file('pin'), `${PIN}\n`);
    const sold = await run({ UKEY_PIN_FILE: file('pin') }, null, 'sell', '--count', '2');
    expect(sold).toMatchObject({ code: 0, stderr: '', asked: [] });
    expect(sold.stdout.trim().split('\n')).toHaveLength(2);
    expect(await run({}, null, 'sell')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'The Ukey needs its PIN or password: set UKEY_PIN_FILE or UKEY_PIN, or run the command at a terminal.\n',
    });
    const wrong = await run({ UKEY_PIN: '999999' }, null, 'sell');
    expect(wrong).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('The PIN is wrong.') });
    expect(wrong.stderr).not.toContain('999999');

    const rotated = ['rotate', '--start', '2099-01-01T00:00:00', '--pfx', file('2048.pfx')];
    expect(await run({ UKEY_PIN: PASSWORD }, null, ...rotated)).toMatchObject({ code: 0, stderr: '' });
    const kept = await loadBoxOffice(file('state.json'));
    expect(kept.tickets).toHaveLength(2);
    expect(kept.ukeys.map((ukey) => publicPart(ukey).spki)).toEqual(
      [software['1024'], software['2048']].map((ukey) => publicPart(ukey).spki),
    );
    const state = await readFile(file('state.json'), 'utf8');
    for (const secret of ['PRIVATE KEY', PIN, PASSWORD]) expect(state).not.toContain(secret);
  });

  it('take one place of a key alone', async () => {
    expect(await run({}, null, 'make', '--pfx', 'a.pfx', '--token', module)).toMatchObject({ code: 2, stdout: '' });
    expect(await run({}, null, 'make', '--token', module, '--token-key', 'xyz')).toMatchObject({ code: 2, stdout: '' });
  });
});
