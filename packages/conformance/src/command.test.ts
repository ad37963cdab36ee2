import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runCommand } from './command.ts';
import { createTape } from './frame/tape.ts';
import { startPlainNational } from './testing/plain-peers.ts';

const directory = mkdtempSync(join(tmpdir(), 'conformance-'));
const path = (name: string) => join(directory, name);

async function conformance(...args: string[]) {
  let printed = '';
  const code = await runCommand(args, (text) => {
    printed += text;
  });
  return { code, printed };
}

/** Runs the kit against a plain national platform with a wrong clock window. */
async function againstWrongClock(...args: string[]) {
  const peer = await startPlainNational(createTape(), 'wrong clock window');
  onTestFinished(peer.close);
  writeFileSync(path('bundle.json'), JSON.stringify(peer.bundle));
  const given = ['--role', 'national', '--url', peer.bundle.Url ?? '', '--bundle', path('bundle.json')];
  return conformance(...given, ...args);
}

const waiver = (Until: string) => {
  writeFileSync(path('waivers.json'), JSON.stringify([{ Id: 'clock.accepts.*', Reason: 'new clock', Until }]));
  return ['--waivers', path('waivers.json')];
};

describe('the command', { tags: ['service'] }, () => {
  test('fails, and writes what it saw as JSON, JUnit and a page', async () => {
    const files = ['json', 'junit', 'html'].flatMap((name) => [`--${name}`, path(name)]);
    const { code, printed } = await againstWrongClock(...files);
    expect(code).toBe(1);
    expect(printed).toMatch(
      /FAIL {7}6\.5\.2\.2 +clock\.accepts\.-240 .*\n +It was refused\.\n +To do: Accept.*\n +> POST/,
    );
    const { Cases } = JSON.parse(readFileSync(path('json'), 'utf8'));
    expect(Cases.find(({ Id }: { Id: string }) => Id === 'clock.accepts.240')).toMatchObject({
      ...{ Clause: '6.5.2.2', Result: 'FAIL', Reason: 'It was refused.' },
      Exchange: { Sent: expect.stringContaining('GetPublicKeys'), Got: expect.stringContaining('CLOCK_SKEW') },
    });
    expect(readFileSync(path('junit'), 'utf8')).toMatch(/<testsuite [^>]*failures="2"/);
    const html = readFileSync(path('html'), 'utf8');
    expect(html).toContain('<code>clock.accepts.240</code>');
    expect(html).not.toMatch(/(?:src|href)=/);
  });

  test('skips what is waived, until the date is over', async () => {
    const waived = await againstWrongClock(...waiver('2099-12-31'));
    expect([waived.code, waived.printed]).toEqual([0, expect.stringContaining('Waived until 2099-12-31: new clock.')]);
    const over = await againstWrongClock(...waiver('2026-01-31'));
    expect([over.code, over.printed]).toEqual([1, expect.stringContaining('(The waiver ended on 2026-01-31.)')]);
  });

  test('fails where nothing was asked', async () => {
    const peer = await startPlainNational(createTape());
    writeFileSync(path('bundle.json'), JSON.stringify(peer.bundle));
    await peer.close();
    const url = peer.bundle.Url ?? '';
    const given = ['--role', 'national', '--url', url, '--bundle', path('bundle.json'), '--junit', path('junit')];
    const { code, printed } = await conformance(...given);
    expect(readFileSync(path('junit'), 'utf8')).toContain(`<skipped message="SKIPPED: Nothing answers at ${url}`);
    expect([code, printed]).toEqual([1, expect.stringContaining('0 PASS, 0 FAIL, 0 WARN')]);
    expect(printed).toContain(`Nothing answers at ${url}`);
  });

  test.each([
    [['--role', 'national', '--url', 'https://127.0.0.1:1'], '--bundle is missing'],
    [['--role', 'box-office', '--url', 'https://127.0.0.1:1', '--bundle', 'x'], '--role is one of'],
    [['--role', 'national', '--url', 'http://127.0.0.1:1', '--bundle', 'x'], '--url is an https:// address'],
    [['--role', 'national', '--url', 'https://127.0.0.1:1', '--bundle', path('none')], 'cannot be read as JSON'],
    [['--role', 'terminal', '--url', 'https://127.0.0.1:1', '--bundle', path('none')], '--scanner is missing'],
    [['--role', 'national', '--url', 'https://127.0.0.1:1', '--bundle', 'x', '--wait', ''], '--wait is a number'],
    [['--rolle', 'national'], '--rolle'],
  ])('says what is wrong with %j', async (args, expected) => {
    expect(await conformance(...args)).toEqual({ code: 2, printed: expect.stringContaining(expected) });
    expect(existsSync(path('none'))).toBe(false);
  });
});
