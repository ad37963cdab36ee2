// @module-tag process
// @module-tag service
import { createHash, createPublicKey, verify } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { postRaw } from '@ticket-check/exchange/testing';
import { describeEachEngine } from '@ticket-check/storage/testing';
import { describe, expect, it } from 'vitest';
import { allowCommands } from './testing/console-browser.ts';
import { tamper } from './testing/tamper.ts';
import { CINEMA } from './testing/test-cinema.ts';
import { createSite, type TestSite } from './testing/test-platform.ts';

// Somebody from outside, who has the specifications (RFC 6962, C2SP signed-note and tlog-proof) and none of our code.
const sha256 = (...parts: (Buffer | string)[]) =>
  parts.reduce((h, part) => h.update(part), createHash('sha256')).digest();
const leafOf = (line: string) => sha256(Buffer.of(0), line);
const nodeOf = (left: Buffer, right: Buffer) => sha256(Buffer.of(1), left, right);
function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length < 2) return leaves[0] ?? sha256('');
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return nodeOf(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)));
}
function signedBy(note: string, vkey: string): { origin: string; size: number; root: Buffer } {
  const [, name = '', id = '', key = ''] = /^(.+?)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? [];
  const text = note.slice(0, note.lastIndexOf('\n\n') + 1);
  const signature = Buffer.from(
    note
      .slice(text.length + 1)
      .split(' ')[2]
      ?.trimEnd() ?? '',
    'base64',
  );
  expect(note).toContain(`\n\n— ${name} `);
  expect(signature.subarray(0, 4).toString('hex')).toBe(id);
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(key, 'base64').subarray(1)]);
  const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
  expect(verify(null, Buffer.from(text), publicKey, signature.subarray(4))).toBe(true);
  const [origin = '', size = '', root = ''] = text.split('\n');
  expect(origin).toBe(name);
  return { origin, size: Number(size), root: Buffer.from(root, 'base64') };
}
/** RFC 9162, 2.1.3.2. */
function reachedBy(path: readonly Buffer[], index: number, size: number, leaf: Buffer): Buffer {
  let [at, last, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (at % 2 === 1 || at === last) {
      hash = nodeOf(sibling, hash);
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else hash = nodeOf(hash, sibling);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  expect(last).toBe(0);
  return hash;
}

describeEachEngine('the audit', ({ url }) => {
  async function setUp() {
    const site = await createSite(await url());
    await allowCommands(site);
    for (const [name, role] of [
      ['anna', 'administrator'],
      ['bert', 'usher'],
      ['carl', 'auditor'],
    ] as const) {
      await succeed(site, 'operator', 'add', name, '--role', role);
    }
    await succeed(site, 'operator', 'disable', 'bert', '--yes');
    await succeed(site, 'cinema', 'add', CINEMA);
    return site;
  }
  async function succeed(site: TestSite, ...args: string[]): Promise<string> {
    const { stdout, stderr, exitCode } = await site.command(...args);
    if (exitCode !== 0) throw new Error(stderr);
    return stdout;
  }
  const linesOf = (text: string) => text.trimEnd().split('\n');

  it('prints what an outsider verifies with its key alone: every line, and the proof of each', async () => {
    const site = await setUp();
    const lines = linesOf(await succeed(site, 'audit', 'list'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(
      ['operator add', 'operator add', 'operator add', 'operator disable', 'cinema add'].map((Name, Index) => ({
        Index,
        Name,
        Failed: false,
        From: expect.stringMatching(/./),
      })),
    );
    const vkey = (await succeed(site, 'audit', 'key')).trimEnd();
    const checkpoint = signedBy(await succeed(site, 'audit', 'checkpoint'), vkey);
    expect(checkpoint).toEqual({
      origin: expect.stringMatching(/^ticket-check\/audit\/[0-9a-f-]{36}$/),
      size: 5,
      root: rootOf(lines.map(leafOf)),
    });
    for (const [index, line] of lines.entries()) {
      const proof = await succeed(site, 'audit', 'prove', String(index));
      const [head = ''] = proof.split('\n\n', 1);
      const [format, place, ...path] = head.split('\n');
      expect([format, place]).toEqual(['c2sp.org/tlog-proof@v1', `index ${index}`]);
      const { size, root } = signedBy(proof.slice(head.length + 2), vkey);
      const hashes = path.map((hash) => Buffer.from(hash, 'base64'));
      expect(reachedBy(hashes, index, size, leafOf(line))).toEqual(root);
    }
    expect(await site.command('audit', 'prove', '5')).toMatchObject({ exitCode: 1, stdout: '' });
    expect(await site.command('audit', 'prove', '1e3')).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await site.command('operations', 'list')).toMatchObject({ exitCode: 2 });
  });

  it('is listed by the time at which things began', async () => {
    const site = await setUp();
    const { BeganAt } = JSON.parse(linesOf(await succeed(site, 'audit', 'list'))[2] ?? '');
    const day = BeganAt.slice(0, 10);
    expect(linesOf(await succeed(site, 'audit', 'list', '--since', BeganAt)).length).toBeGreaterThanOrEqual(3);
    expect(linesOf(await succeed(site, 'audit', 'list', '--since', day, '--until', day))).toHaveLength(5);
    expect(await succeed(site, 'audit', 'list', '--until', '2026-01-01')).toBe('');
    expect(await succeed(site, 'audit', 'list', '--since', '9000-01-01')).toBe('');
    expect(await site.command('audit', 'list', '--since', 'yesterday')).toMatchObject({ exitCode: 2, stdout: '' });
  });

  describe('shows that somebody changed the database behind its back:', () => {
    it('one entry edited, which is named', async () => {
      const site = await setUp();
      expect(JSON.parse(await succeed(site, 'audit', 'verify'))).toMatchObject({ Verified: true, Size: 5, Waiting: 0 });
      await tamper(site, 'operation', "update operation set actor = 'nobody' where name = 'operator disable'");
      const verified = await site.command('audit', 'verify');
      expect(verified.exitCode).toBe(1);
      expect(JSON.parse(verified.stdout)).toMatchObject({ Verified: false, FirstBadIndex: 3 });
      expect(verified.stderr).toMatch(/^Entry 3 \([0-9a-f-]{36}\) was changed after it was written\.\n$/);
    });

    it('one entry removed, which is named', async () => {
      const site = await setUp();
      await succeed(site, 'audit', 'verify');
      await tamper(site, 'operation', "delete from operation where name = 'operator disable'");
      const verified = await site.command('audit', 'verify');
      expect(JSON.parse(verified.stdout)).toMatchObject({ Verified: false, FirstBadIndex: 3 });
      expect(verified.stderr).toMatch(/^Entry 3 \([0-9a-f-]{36}\) was deleted\.\n$/);
    });

    it('the end cut off with every trace of it, against a checkpoint that was kept elsewhere', async () => {
      const site = await setUp();
      const file = join(site.directory, 'checkpoint.txt');
      await writeFile(file, await succeed(site, 'audit', 'checkpoint'));
      await succeed(site, 'operator', 'enable', 'bert');
      expect(JSON.parse(await succeed(site, 'audit', 'verify', '--checkpoint', file))).toMatchObject({ Size: 6 });
      await tamper(site, 'operation', "delete from operation where name in ('operator enable', 'cinema add')");
      await tamper(site, 'log_leaf', 'delete from log_leaf where position >= 4');
      await tamper(site, 'log_checkpoint', 'delete from log_checkpoint where size >= 5');
      const verified = await site.command('audit', 'verify', '--checkpoint', file);
      expect(verified.exitCode).toBe(1);
      expect(verified.stderr).toContain('The end was cut off: the checkpoint given has 5 entries, and the log has');
      await writeFile(file, 'a note\n');
      expect(await site.command('audit', 'verify', '--checkpoint', file)).toMatchObject({ exitCode: 1, stdout: '' });
    });
  });

  it('goes on while the service runs, which serves its checkpoint and hashes, and nothing of what they stand for', async () => {
    const site = await setUp();
    const service = await site.start();
    const ca = (await site.issue('terminal-1', CINEMA, service.url)).CaCertificate ?? '';
    const get = async (path: string) => {
      const { status, text, headers } = await postRaw(service.consoleUrl + path, '', { ca, method: 'GET' });
      return { status, text, type: headers['content-type'] };
    };
    await expect.poll(async () => (await get('/log/checkpoint')).text).toContain('\n6\n');
    const lines = linesOf(await succeed(site, 'audit', 'list'));
    const vkey = (await succeed(site, 'audit', 'key')).trimEnd();
    expect((await get('/log/checkpoint')).type).toBe('text/plain; charset=utf-8');
    expect(signedBy((await get('/log/checkpoint')).text, vkey)).toMatchObject({ root: rootOf(lines.map(leafOf)) });
    expect(await get('/log/tile/0/000.p/6')).toMatchObject({ status: 200, type: 'application/octet-stream' });
    const elsewhere = [
      '0/000',
      '0/000.p/7',
      '0/000.p/0',
      '0/000.p/256',
      '1/000.p/1',
      '0/0.p/6',
      '0/001.p/1',
      'entries/000.p/6',
    ];
    for (const path of [...elsewhere, '64/000.p/1', '0/x000/000.p/6', '0/..%2f..', '']) {
      expect([path, (await get(`/log/tile/${path}`)).status]).toEqual([path, 404]);
    }
  });

  it('is not continued where somebody changed the log itself, which health says, and what people do goes on', async () => {
    const site = await setUp();
    const service = await site.start();
    const bundle = await site.issue('terminal-1', CINEMA, service.url);
    const health = () => site.get(service, '/health', bundle);
    await succeed(site, 'audit', 'verify');
    expect(await health()).toMatchObject({ audit: { ok: true } });
    await tamper(site, 'log_leaf', 'update log_leaf set hash = (select hash from log_leaf where position = 0)');
    await succeed(site, 'operator', 'enable', 'bert');
    const fault = expect.stringContaining('nothing is signed over that: somebody changed the database');
    await expect.poll(health).toMatchObject({ status: 'degraded', audit: { ok: true, degraded: true, fault } });
    const { stdout, stderr } = await site.command('audit', 'list');
    expect(JSON.parse(linesOf(stdout).at(-1) ?? '')).toMatchObject({ Index: null, Name: 'operator enable' });
    expect(stderr).toContain('somebody changed the database');
    expect(await site.command('audit', 'verify')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringContaining('"FirstBadIndex":1,'),
    });
  });
});
