import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDemo } from '@ticket-check/simulators/dev-network';
import { beforeAll, describe, expect, test } from 'vitest';
import { run } from './testing/run.ts';
import { testSite } from './testing/test-site.ts';
import { allIn, read, root } from './testing/texts.ts';

// What an integrator tries by hand, with OpenSSL and curl, as the pages say it. e2e/conformance.test.ts holds every form of a request.

const site = await testSite();
let cinema: string;

beforeAll(async () => {
  await site.startAll(['national-platform', 'third-party-platform']);
  cinema = (await openDemo(site, join(site.directory, 'demo'))).boxOffice.cinema.cinemaCode;
});

describe.each(['docs/integrate.md', 'docs/zh/integrate.md'])('the lines of %s', (page) => {
  const examples = allIn(read(page), /^```sh\n(.*?)^```$/gms);
  /** An empty folder, with what the page says is there. */
  function folder() {
    const path = join(site.directory, page.replaceAll('/', '-'));
    mkdirSync(path, { recursive: true });
    return path;
  }

  test('sign as the vectors do', () => {
    const cwd = folder();
    symlinkSync(new URL('vectors', root), join(cwd, 'vectors'));
    const { cases } = JSON.parse(read('vectors/signatures.json'));
    const [{ sign }] = cases;
    const printed = run('sh', ['-ec', `${examples[0]}echo; echo $DIGITS`], '', cwd).toString();
    const digits = printed.trim().split('\n').at(-1) ?? '';
    const block = `0001${'ff'.repeat(221)}00${Buffer.from(digits).toString('hex')}`;
    expect(printed.slice(sign.signature.length).replaceAll(/\s/g, '')).toBe(`${block}${digits}`);
    expect(printed.startsWith(sign.signature)).toBe(true);
    expect(read(page)).toContain(`| \`${digits}\` |`);
  });

  test.each(['national-platform', 'third-party-platform'] as const)('reach a first answer of the %s', async (role) => {
    const cwd = folder();
    const bundle = await site.issue(role, `lines-${page.length}`, '--cinemas', cinema);
    writeFileSync(join(cwd, 'bundle.json'), JSON.stringify(bundle, null, 2));
    const reply = JSON.parse(run('sh', ['-ec', `CINEMA=${cinema}\n${examples[1]}`], '', cwd).toString());
    expect(reply.ReplyData.PublicKeys[0].PublicKey).toMatch(/^MI/);
  });
});
