// @module-tag service
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { verifyProofs } from '@ticket-check/console/verify-proof';
import { describeSqlite } from '@ticket-check/storage/testing';
import { expect, it } from 'vitest';
import { addOperator, logInAs, tamper } from './testing/console-browser.ts';
import { CINEMA } from './testing/test-cinema.ts';
import { createSite } from './testing/test-platform.ts';

/** Proves an entry at the index 0 of a log of its own, under the name of another. */
function forge(name: string, line: string) {
  const hash = (...parts: (string | Buffer)[]) =>
    parts.reduce((made, part) => made.update(part), createHash('sha256')).digest();
  const pair = generateKeyPairSync('ed25519');
  const key = Buffer.concat([Buffer.of(1), pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)]);
  const id = hash(`${name}\n`, key).subarray(0, 4);
  const text = `${name}\n1\n${hash(Buffer.of(0), line).toString('base64')}\n`;
  const signature = Buffer.concat([id, sign(null, Buffer.from(text), pair.privateKey)]).toString('base64');
  return {
    key: `${name}+${id.toString('hex')}+${key.toString('base64')}`,
    proof: `c2sp.org/tlog-proof@v1\nindex 0\n\n${text}\n— ${name} ${signature}\n`,
  };
}

describeSqlite('the audit on the console', ({ url }) => {
  it('is shown to auditors and administrators of every cinema, with the proof of each entry', async () => {
    const site = await createSite(await url());
    const service = await site.start();
    await addOperator(site, 'carl', 'auditor');
    await addOperator(site, 'limited', 'auditor', { cinemaCodes: [CINEMA] });
    await addOperator(site, 'dora', 'supervisor');
    const browserOf = async (username: string) => (await logInAs(service, site, username)).ask;
    const carl = await browserOf('carl');
    const other = [await browserOf('dora'), await browserOf('limited')];
    await site.command('operator', 'add', 'li.wei', '--role', 'usher', '--all-cinemas');

    const listed = (await site.command('audit', 'list')).stdout.trimEnd().split('\n');
    const { body } = await carl('/audit.json');
    expect(body.Next).toBeNull();
    expect(body.Actors).toEqual([...new Set(listed.map((line) => JSON.parse(line).Actor))].sort());
    expect(body.Titles['claims release']).toEqual({ zh: expect.any(String), en: expect.any(String) });
    expect(body.Entries).toEqual(listed.map((Line, Index) => ({ Index, Line })).toReversed());
    const found = (await carl('/audit.json?name=operator&since=2026-01-01&until=2099-12-31')).body.Entries;
    expect(found).toHaveLength(1);
    expect(JSON.parse(found[0].Line)).toMatchObject({ Name: 'operator add', What: { username: 'li.wei' } });

    const { Index } = found[0];
    const proof = await carl(`/audit/proof?index=${Index}`);
    expect(proof.headers['content-disposition']).toBe(`attachment; filename="audit-${Index}.tlog-proof"`);
    expect(proof.text).toBe((await site.command('audit', 'prove', String(Index))).stdout);

    const key = (await site.command('audit', 'key')).stdout;
    const verdictOn = async (line: string, proved = proof.text, by = key) => {
      const texts = [by, line, proved].map((text, place) => ({ name: String(place), text }));
      return (await verifyProofs(texts)).map(({ verdict }) => ('key' in verdict ? verdict.key : verdict.kind));
    };
    const { Line } = found[0];
    expect(await verdictOn(Line)).toEqual([key.trim()]);
    expect(await verdictOn(Line.replace('li.wei', 'li.bai'))).toEqual(['entry-changed']);
    expect(await verdictOn('')).toEqual(['entry-missing']);
    expect(await verdictOn(Line, proof.text.replace(/\n— /, '1\n— '))).toEqual(['not-signed']);
    expect(await verdictOn(Line, proof.text, '')).toEqual(['key-missing']);
    expect(await verdictOn(Line, proof.text.replace('index', 'indes'))).not.toEqual([key.trim()]);
    const changed = Line.replace('li.wei', 'li.bai');
    const invented = changed.replace(/"Index":\d+/, '"Index":0');
    const forged = forge(key.split('+')[0] ?? '', invented);
    expect(await verdictOn(invented, `${forged.proof}${forged.key}\n`)).toEqual(['not-signed']);
    expect(await verdictOn(`${invented}\n${forged.key}`, forged.proof)).toEqual(['not-signed']);
    expect(await verdictOn(invented, forged.proof, forged.key)).toEqual([forged.key]);
    expect(await verdictOn(`${Line}\n${changed}`)).toEqual(['entry-twice']);

    for (const ask of other) {
      for (const path of ['/audit.json', `/audit/proof?index=${Index}`]) {
        expect(await ask(path)).toMatchObject({ status: 403, body: { error: 'forbidden' } });
      }
    }
    for (const [path, status, error] of [
      ['/audit.json?since=yesterday', 400, 'bad-since'],
      ['/audit.json?after=rubbish', 400, 'bad-input'],
      [`/audit.json?actor=${'x'.repeat(200)}`, 400, 'bad-actor'],
      ['/audit.json?actor=%00', 400, 'bad-input'],
      ['/audit/proof?index=1e3', 400, 'bad-index'],
      ['/audit/proof?index=999999', 404, 'no-entry'],
    ] as const) {
      expect(await carl(path)).toMatchObject({ status, body: { error } });
    }

    await tamper(site, 'operation', "update operation set actor = 'nobody' where name = 'operator add'");
    expect(await carl(`/audit/proof?index=${Index}`)).toMatchObject({
      status: 409,
      body: {
        error: 'log-changed',
        about: Index,
        message: expect.stringContaining('Keep it and its backups as they are'),
      },
    });
  });
});
