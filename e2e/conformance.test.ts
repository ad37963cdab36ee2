import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from '@ticket-check/runtime/testing';
import type { Role } from '@ticket-check/simulators/dev-network';
import { afterAll, beforeAll, type ExpectStatic, test } from 'vitest';
import { runKit } from './testing/kit.ts';
import { testSite } from './testing/test-site.ts';
import { read } from './testing/texts.ts';

// Our three roles as they are delivered, under the kit that anybody runs against theirs.

const CINEMA = '99990001';

const site = await testSite();
const directory = mkdtempSync(join(site.directory, 'kit-'));
let hand: Server;
let handUrl: string;

/** What the kit's bundle names programs for: here they ask this process. */
beforeAll(async () => {
  hand = createServer(async (request, response) => {
    const [, role, what, kind = ''] = (request.url ?? '').split('/') as [string, Role, string, string?];
    try {
      if (what === 'import') await site.command(role, ['import', kind, '-'], await text(request));
      if (what === 'restart') {
        await site.stop(role, 'SIGKILL');
        await site.start(role);
      }
      response.end(what === 'records' ? await site.command(role, ['records', 'list', '--cinema', CINEMA]) : '');
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  await once(hand.listen(0, '127.0.0.1'), 'listening');
  handUrl = `http://127.0.0.1:${(hand.address() as AddressInfo).port}`;
  await site.startAll();
});
afterAll(() => void hand.close());

async function bundleOf(role: Role, ...programs: ('Import' | 'Records' | 'Restart')[]): Promise<string> {
  const revoked = await site.issue(role, 'revoked', '--cinemas', CINEMA);
  await site.command(role, ['account', 'revoke', 'revoked', '--yes']);
  const curl = ['curl', '--silent', '--fail', '--max-time', '60'];
  const all = {
    Import: [...curl, '--data-binary', '@{file}', `${handUrl}/${role}/import/{kind}`],
    Records: [...curl, `${handUrl}/${role}/records`],
    Restart: [...curl, `${handUrl}/${role}/restart`],
  };
  const given = Object.fromEntries(programs.map((name) => [name, all[name]]));
  const file = join(directory, `${role}.json`);
  const bundle = await site.issue(role, 'kit', '--cinemas', CINEMA);
  const isThirdParty = role === 'third-party-platform';
  const Seller = isThirdParty ? await site.issue(role, 'seller', '--cinemas', CINEMA, '--seller') : undefined;
  writeFileSync(file, JSON.stringify({ ...bundle, RevokedAccount: revoked, Seller, ...given }));
  return file;
}

const kit = (role: string, ...args: string[]) =>
  runKit(join(directory, `${role}-result.json`), '--role', role, ...args);

const RESULTS = ['PASS', 'FAIL', 'WARN', 'SKIPPED', 'NOT ASKED'];

/** Nothing fails, and the table of docs/conformance.md has the counts. */
function holdToTable(expect: ExpectStatic, role: string, { code, rows, stdout }: Awaited<ReturnType<typeof kit>>) {
  const faulty = rows.filter(({ Result }) => !['PASS', 'SKIPPED'].includes(Result));
  const reasons = faulty.map(({ Id, Result, Reason }) => `${Result} ${Id}: ${Reason}`);
  expect(reasons, stdout).toEqual([]);
  const counts = RESULTS.map((result) => rows.filter(({ Result }) => Result === result).length);
  expect(read('docs/conformance.md')).toContain(`| ${role} | ${counts.join(' | ')} |`);
  expect(code).toBe(0);
}

/** Lets the kit make its account for a role, and gives it to the role. */
async function stubOf(role: Role): Promise<{ file: string; url: string }> {
  const file = join(directory, `${role}-stub.json`);
  const url = `https://127.0.0.1:${await freePort()}`;
  // Nothing is there yet: the kit makes the file, and nobody calls.
  const as = role === 'terminal-agent' ? 'terminal' : 'third-party';
  const given =
    as === 'terminal'
      ? ['--url', url, '--bundle', file, '--scanner', `http:${site.urlOf(role)}/scan`]
      : ['--url', site.urlOf(role), '--bundle', join(directory, `${role}.json`), '--stub', file, '--stub-url', url];
  await kit(as, ...given, '--wait', '0.1', '--pace', '0.001');
  await site.setUpstream(role, JSON.parse(readFileSync(file, 'utf8')));
  return { file, url };
}

test.concurrent('the national platform', async ({ expect }) => {
  const bundle = await bundleOf('national-platform', 'Import', 'Records', 'Restart');
  const url = site.urlOf('national-platform');
  holdToTable(expect, 'National platform', await kit('national', '--url', url, '--bundle', bundle));
});

test.concurrent('the third-party platform, from below and from above', async ({ expect }) => {
  const bundle = await bundleOf('third-party-platform', 'Records', 'Restart');
  const { file } = await stubOf('third-party-platform');
  const url = site.urlOf('third-party-platform');
  const ended = await kit('third-party', '--url', url, '--bundle', bundle, '--stub', file);
  holdToTable(expect, 'Third-party platform', ended);
});

test.concurrent('the terminal', async ({ expect }) => {
  const { file, url } = await stubOf('terminal-agent');
  const [token, ca] = [join(directory, 'scan.token'), join(directory, 'terminal-ca.pem')];
  writeFileSync(token, await site.readFile('terminal-agent', 'scan.token'), { mode: 0o600 });
  writeFileSync(ca, await site.readFile('terminal-agent', 'tls/ca.pem'));
  const scanner = `http:${site.urlOf('terminal-agent')}/scan`;
  const files = ['--scanner-token', token, '--scanner-ca', ca];
  const ended = await kit('terminal', '--url', url, '--bundle', file, '--scanner', scanner, ...files);
  holdToTable(expect, 'Terminal', ended);
});
