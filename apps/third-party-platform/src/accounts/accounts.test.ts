// @module-tag process
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { CA_FILE, createUpstreamStore } from '@ticket-check/exchange';
import { postRaw } from '@ticket-check/exchange/testing';
import { freePort, keyPairOf } from '@ticket-check/runtime/testing';
import { readSymbols } from '@ticket-check/simulators/symbols';
import { expect, it, onTestFinished } from 'vitest';
import { addOperator, allowCommands, logInAs, OWN, withStore } from '../testing/console-browser.ts';
import { CINEMA, OTHER_CINEMA } from '../testing/test-cinema.ts';
import { ask, createSite, createTerminal, ending } from '../testing/test-platform.ts';

it('accounts are enrolled by a single-use code, added as a file, bound again and revoked, by administrators of their cinemas', async () => {
  const port = `${await freePort()}`;
  const site = await createSite('', { PORT: port, PUBLIC_URL: `https://127.0.0.1:${port}` });
  const service = await site.start();
  const printed = await site.command('account', 'enrol', 'door-0', '--cinemas', CINEMA);
  expect(printed).toMatchObject({ exitCode: 0 });
  const [symbol] = await readSymbols(asOnDarkScreen(printed.stderr));
  expect(symbol?.text).toBe(JSON.parse(printed.stdout).Text);
  // A caller that runs the command: another platform's program has the same.
  const caller = await createSite('');
  expect(await caller.command('upstream', 'enrol', JSON.parse(printed.stdout).Text)).toMatchObject({
    exitCode: 0,
    stderr: '',
  });
  expect(await site.command('account', 'enrol', 'door-0', '--all-cinemas')).toMatchObject(ending(1, 'exists already'));
  expect(await site.command('account', 'enrol', 'door-3')).toMatchObject({ exitCode: 2 });
  // It has no terminal: nothing is said of one.
  const booth = ['account', 'add', 'a-seller', '--all-cinemas', '--seller', '--out', '-'] as const;
  expect(await site.command(...booth)).toMatchObject({ exitCode: 0 });
  const revokedBooth = await site.command('account', 'revoke', 'a-seller', '--yes');
  expect(revokedBooth).toMatchObject(ending(0, 'for every cinema. The e-tickets that it made stay good.\n'));
  await addOperator(site, 'anna', 'administrator');
  await addOperator(site, 'limited', 'administrator', { cinemaCodes: [CINEMA] });
  await addOperator(site, 'sue', 'supervisor');
  const loggedIn = async (username: string) => {
    const { browser, ask, act } = await logInAs(service, site, username);
    const send = (path: string, sent: object) => act(path, { password: OWN, ...sent });
    return { browser, send, list: async (of = '') => (await ask(`/accounts${of}.json`)).body };
  };
  const [anna, limited, sue] = [await loggedIn('anna'), await loggedIn('limited'), await loggedIn('sue')];

  expect((await sue.browser.ask('/accounts.json')).status).toBe(403);
  const door = { Username: 'door-1', CinemaCodes: [CINEMA] };
  expect(await sue.send('/accounts/enrol', door)).toMatchObject({ status: 403 });
  expect(await anna.send('/accounts/enrol', { ...door, password: 'wrong' })).toMatchObject({ status: 403 });
  expect(await anna.send('/accounts/enrol', { ...door, Username: '<b>' })).toMatchObject({ status: 400 });
  expect(await limited.send('/accounts/enrol', { ...door, CinemaCodes: ['*'] })).toMatchObject({ status: 403 });
  expect(await limited.send('/accounts/add', { ...door, CinemaCodes: [OTHER_CINEMA] })).toMatchObject({ status: 403 });
  const former = await anna.send('/accounts/enrol', door);
  const enrolled = await limited.send('/accounts/enrol', door);
  expect(enrolled).toMatchObject({ status: 200, Username: 'door-1', Text: expect.stringMatching(/^https:\/\/127/) });

  expect(await caller.command('upstream', 'enrol', former.Text)).toMatchObject(ending(1, 'knows no such enrolment'));
  const elsewhere = enrolled.Text.replace(/ca=.{10}/, 'ca=AAAAAAAAAA');
  expect(await caller.command('upstream', 'enrol', elsewhere)).toMatchObject(ending(1, 'Nothing was sent there'));
  expect(await caller.command('upstream', 'enrol', enrolled.Text.toUpperCase())).toMatchObject({ exitCode: 1 });
  // It is another account at the same platform, which is confirmed as another platform is.
  expect(await caller.command('upstream', 'enrol', enrolled.Text)).toMatchObject({
    exitCode: 0,
    stderr: expect.stringMatching(/^1 account is replaced: .* as door-0, and from now on to https:.* as door-1/),
  });
  const settings = await withStore(caller, (store) => createUpstreamStore(store).current());
  expect(settings).toMatchObject({ username: 'door-1', cinemaCodes: [CINEMA], url: `https://127.0.0.1:${port}/` });
  const bundle = {
    Url: service.url,
    Username: 'door-1',
    PrivateKey: settings!.privateKeyPem,
    CaCertificate: settings!.caPem,
    CinemaCodes: [CINEMA],
  };
  const question = { CinemaCode: OTHER_CINEMA };
  expect(await ask(createTerminal(bundle), 'GetPublicKeys', question)).toBe('CINEMA_NOT_ALLOWED');

  // The code is used: the same caller hears the same again, and nobody else anything.
  const ca = await readFile(join(site.directory, CA_FILE), 'utf8');
  const code = new URLSearchParams(new URL(enrolled.Text).hash.slice(1)).get('enrol');
  const redeem = async (sent: object | string) => {
    const headers = { 'content-type': 'application/json' };
    const body = typeof sent === 'string' ? sent : JSON.stringify(sent);
    const { status, text } = await postRaw(`${service.url}/enrolment`, body, { ca, headers });
    return { status, ...JSON.parse(text) };
  };
  const { publicKeyPem } = await keyPairOf('a thief');
  expect(await redeem({ Code: code, PublicKey: publicKeyPem })).toEqual({ status: 404, error: 'enrolment-unknown' });
  for (const wrong of ['', '{', '[]', '{"Code":7}', 'x'.repeat(9000)]) {
    expect((await redeem(wrong)).status).toBeOneOf([400, 413]);
  }
  expect(await caller.command('upstream', 'show')).toMatchObject({ stdout: expect.not.stringContaining(code ?? '') });
  for (let tries = 0; tries < 20; tries += 1) await redeem('{}');
  expect(await redeem({ Code: code, PublicKey: publicKeyPem })).toEqual({ status: 429, error: 'too-many' });

  // The name is taken by now.
  expect(await anna.send('/accounts/enrol', door)).toMatchObject({ status: 409, error: 'username-taken' });

  const added = await anna.send('/accounts/add', { Username: 'door-2', CinemaCodes: [OTHER_CINEMA] });
  const second = JSON.parse(added.Bundle);
  expect(second).toMatchObject({ Username: 'door-2', CinemaCodes: [OTHER_CINEMA] });
  const terminal = createTerminal({ ...second, Url: service.url });
  expect(await ask(terminal, 'GetPublicKeys', { CinemaCode: CINEMA })).toBe('CINEMA_NOT_ALLOWED');
  const names = ({ Accounts }: { Accounts: { Username: string }[] }) => Accounts.map(({ Username }) => Username);
  expect(names(await anna.list())).toEqual(['a-seller', 'door-0', 'door-1', 'door-2']);
  expect(names(await limited.list())).toEqual(['door-0', 'door-1']);
  expect(JSON.stringify(await anna.list())).not.toContain('PRIVATE');

  // A code that nobody has used is listed to those whose it is, and is void once it was withdrawn.
  const elsewhereToo = await anna.send('/accounts/enrol', { Username: 'door-8', CinemaCodes: [OTHER_CINEMA] });
  const pending = await limited.send('/accounts/enrol', { ...door, Username: 'door-9' });
  const waiting = { Username: 'door-9', CinemaCodes: [CINEMA], CreatedBy: 'limited', GoodUntil: pending.GoodUntil };
  expect((await limited.list('/enrolments')).Enrolments).toEqual([waiting]);
  expect((await anna.list('/enrolments')).Enrolments).toMatchObject([{ Username: 'door-8' }, { Username: 'door-9' }]);
  expect(await limited.send('/accounts/withdraw', { Username: 'door-8' })).toMatchObject({ status: 403 });
  expect(await sue.send('/accounts/withdraw', { Username: 'door-9' })).toMatchObject({ status: 403 });
  expect(await limited.send('/accounts/withdraw', { Username: 'door-9' })).toMatchObject({ status: 200 });
  const gone = { status: 410, error: 'gone' };
  expect(await limited.send('/accounts/withdraw', { Username: 'door-9' })).toMatchObject(gone);
  expect(await (await createSite('')).command('upstream', 'enrol', pending.Text)).toMatchObject({ exitCode: 1 });
  await allowCommands(site);
  expect(await site.lines('account', 'enrolments')).toMatchObject([{ Username: 'door-8' }]);
  const withdrawn = await site.command('account', 'withdraw', 'door-8', '--yes');
  expect(withdrawn).toMatchObject(ending(0, '1 code is void'));
  expect(await site.command('account', 'withdraw', 'door-8')).toMatchObject(
    ending(1, 'No code for that account is good'),
  );

  const shop = { Username: 'shop-1', CinemaCodes: [CINEMA], Role: 'seller' };
  expect(await anna.send('/accounts/enrol', shop)).toMatchObject({ status: 400 });
  expect(await anna.send('/accounts/add', { ...shop, Role: 'data-source' })).toMatchObject({ status: 400 });
  const seller = createTerminal({
    ...JSON.parse((await limited.send('/accounts/add', shop)).Bundle),
    Url: service.url,
  });
  const roles = ({ Accounts }: { Accounts: { Username: string; Role: string }[] }) =>
    Accounts.map(({ Username, Role }) => `${Username} ${Role}`);
  expect(roles(await limited.list())).toEqual(['door-0 platform', 'door-1 platform', 'shop-1 seller']);
  expect(await ask(seller, 'GetPublicKeys', { CinemaCode: CINEMA })).toBe('API_NOT_ALLOWED');
  expect(await limited.send('/accounts/revoke', { Username: 'shop-1' })).toMatchObject({ status: 200 });
  expect(await ask(seller, 'GetPublicKeys', { CinemaCode: CINEMA })).toBe('SIGNATURE_INVALID');

  const replaces = (who: typeof anna, name: string, former: string | null) =>
    who.send('/accounts/replaces', { Username: name, Former: former });
  expect(await replaces(limited, 'door-1', 'door-2')).toMatchObject({ status: 403 });
  expect(await replaces(sue, 'door-1', 'door-0')).toMatchObject({ status: 403 });
  expect(await replaces(anna, 'door-1', 'nobody')).toMatchObject({ status: 404 });
  expect(await replaces(anna, 'door-1', 'door-1')).toMatchObject({ status: 409, error: 'cannot-replace' });
  expect(await replaces(limited, 'door-1', 'door-0')).toMatchObject({ status: 200 });
  expect((await limited.list()).Accounts).toMatchObject([
    { Replaces: null },
    { Replaces: 'door-0' },
    { Replaces: null },
  ]);
  expect(await replaces(limited, 'door-1', null)).toMatchObject({ status: 200 });

  expect(await limited.send('/accounts/revoke', { Username: 'door-2' })).toMatchObject({ status: 403 });
  expect(await anna.send('/accounts/revoke', { Username: 'nobody' })).toMatchObject({ status: 404 });
  expect(await anna.send('/accounts/rebind', { Username: 'door-2' })).toMatchObject({ status: 200 });
  expect(await anna.send('/accounts/revoke', { Username: 'door-2' })).toMatchObject({ status: 200 });
  expect(await ask(terminal, 'GetPublicKeys', { CinemaCode: CINEMA })).toBe('SIGNATURE_INVALID');

  const audited = (await site.command('audit', 'list')).stdout;
  for (const name of [
    'account enrol',
    'account withdraw',
    'account add',
    'account rebind',
    'account replaces',
    'account revoke',
  ]) {
    expect(audited).toContain(`"${name}"`);
  }
  for (const secret of [code, JSON.parse(printed.stdout).Text, pending.Text, elsewhereToo.Text])
    expect(audited).not.toContain(secret);
  expect(audited).not.toContain('PRIVATE');
});

/** What a terminal window that is dark shows of block characters, two pixels to a character's width and four to its height. */
function asOnDarkScreen(text: string) {
  const lines = text.split('\n').filter((line) => /^[▀▄█ ]+$/.test(line));
  const [width, height] = [2 * (lines[0]?.length ?? 0), 4 * lines.length];
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (const [row, line] of lines.entries()) {
    for (const [column, character] of [...line].entries()) {
      for (let y = 0; y < 4; y++) {
        const isLit = character === '█' || character === (y < 2 ? '▀' : '▄');
        const at = 4 * ((4 * row + y) * width + 2 * column);
        for (const byte of [0, 1, 2, 4, 5, 6]) data[at + byte] = isLit ? 255 : 0;
      }
    }
  }
  return { data, width, height };
}

const ADDRESSES = Array.from({ length: 12 }, (_, index) => `127.0.0.${index + 10}`);
const TRIES = 21;

it('accounts that sign with SM2 are enrolled, get bundles, and exchange their keys', async () => {
  const port = `${await freePort()}`;
  const site = await createSite('', { PORT: port, PUBLIC_URL: `https://127.0.0.1:${port}` });
  await site.start();
  const caller = await createSite('');
  const sm2 = ['--algorithm', 'sm2-sm3'] as const;
  const { stdout } = await site.command('account', 'enrol', 'door-1', '--cinemas', CINEMA, ...sm2);
  expect(await caller.command('upstream', 'enrol', JSON.parse(stdout).Text)).toMatchObject(ending(0, ''));
  const shown = async () => JSON.parse((await caller.command('upstream', 'show')).stdout);
  expect(await shown()).toMatchObject({ Algorithm: 'sm2-sm3', PayloadForm: 'der' });

  const file = join(site.directory, 'new-key.pem');
  expect(await caller.command('upstream', 'new-key', '--out', file)).toMatchObject({ exitCode: 0 });
  const addKey = ['account', 'add-key', 'door-1', '--public-key', file] as const;
  const refused = ending(1, 'is an SM2 key, but the algorithm is rsa-md5');
  expect(await site.command(...addKey)).toMatchObject(refused);
  expect(await site.command(...addKey, ...sm2)).toMatchObject({ exitCode: 0 });
  expect(await caller.command('upstream', 'use-key')).toMatchObject({ exitCode: 0 });

  const issue = ['account', 'add', 'door-2', '--cinemas', CINEMA, '--out', '-'] as const;
  expect(await site.command(...issue, '--algorithm', 'sm2')).toMatchObject(ending(1, 'it knows rsa-md5, sm2-sm3.'));
  const bundle = JSON.parse((await site.command(...issue, ...sm2)).stdout);
  expect(bundle).toMatchObject({ Username: 'door-2', Algorithm: 'sm2-sm3' });
  expect(await ask(createTerminal(bundle), 'GetPublicKeys', { CinemaCode: CINEMA })).not.toBe('SIGNATURE_INVALID');
});

it('many addresses that try wrong codes keep nobody from enrolling', async () => {
  const site = await createSite('');
  const { url } = await site.start();
  const { stdout } = await site.command('account', 'enrol', 'door-1', '--cinemas', CINEMA);
  const code = new URLSearchParams(new URL(JSON.parse(stdout).Text).hash.slice(1)).get('enrol');
  const [ca, { publicKeyPem }] = await Promise.all([
    readFile(join(site.directory, CA_FILE), 'utf8'),
    keyPairOf('door-1'),
  ]);
  const redeem = async (localAddress: string, Code: unknown, agent?: Agent) => {
    const headers = { 'content-type': 'application/json' };
    const sent = JSON.stringify({ Code, PublicKey: publicKeyPem });
    const options = { ca, headers, localAddress, ...(agent && { agent }) };
    return (await postRaw(`${url}/enrolment`, sent, options)).status;
  };

  const refused = ADDRESSES.map(async (address) => {
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const statuses: number[] = [];
    for (let time = 0; time < TRIES; time += 1) statuses.push(await redeem(address, 'A'.repeat(22), agent));
    return statuses;
  });
  // An address is still bounded by itself.
  const each = [...Array.from({ length: TRIES - 1 }, () => 404), 429];
  expect(await Promise.all(refused)).toEqual(ADDRESSES.map(() => each));
  expect(await redeem('127.0.0.99', code)).toBe(200);
});
