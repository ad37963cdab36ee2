// @module-tag process
import { describe, expect, it } from 'vitest';
import { runFixture } from './testing/run-fixture.ts';

describe('a command of a program', () => {
  it('prints its result on standard output and exits with 0', async () => {
    expect(await runFixture(['echo', 'hello'])).toEqual({ code: 0, stdout: 'hello\n', stderr: '' });
  });

  it('loses nothing of a long result that goes into a pipe', async () => {
    const line = 'x'.repeat(999);
    const { code, stdout } = await runFixture(['echo', line, '--times', '2000']);
    expect(code).toBe(0);
    expect(stdout.length).toBe(2_000_000);
  });

  it('prints a result without what could make a line look like another, and with the same meaning', async () => {
    const result = { FilmName: '\u001b[2J\u009b2J\u202e1\u2066\u2028\u0085\ufeff票' };
    const { stdout } = await runFixture(['echo', JSON.stringify(result)]);
    expect(stdout).toBe('{"FilmName":"\\u001b[2J\\u009b2J\\u202e1\\u2066\\u2028\\u0085\\ufeff票"}\n');
    expect(JSON.parse(stdout)).toEqual(result);
  });

  it('shows help on standard output and exits with 0', async () => {
    for (const args of [['--help'], ['echo', '--help'], ['account', '--help'], ['account', 'list', '--help']]) {
      const { code, stdout, stderr } = await runFixture(args);
      expect(code).toBe(0);
      expect(stdout).toContain('Usage: fixture');
      expect(stderr).toBe('');
    }
  });

  it('exits with 2 on wrong usage and says on standard error what was wrong', async () => {
    const wrong: [string[], string][] = [
      [[], 'Usage: fixture'],
      [['account'], 'Usage: fixture account'],
      [['nonsense'], "unknown command 'nonsense'"],
      [['account', 'nonsense'], "unknown command 'nonsense'"],
      [['echo'], "missing required argument 'text'"],
      [['echo', 'a', 'b'], 'too many arguments'],
      [['echo', 'a', '--nonsense'], "unknown option '--nonsense'"],
      [['echo', 'a', '--times'], 'argument missing'],
    ];
    for (const [args, words] of wrong) {
      const { code, stdout, stderr } = await runFixture(args);
      expect(stderr).toContain(words);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
    }
  });

  it('says wrong usage without what could make a line look like another', async () => {
    for (const args of [
      ['account', '\u001b[2J\u009b\u202e1票'],
      ['echo', 'a', '\u001b[2J\u009b\u202e1票'],
    ]) {
      const { stderr } = await runFixture(args);
      expect(stderr).toContain('\\u001b[2J\\u009b\\u202e1票');
      for (const character of '\u001b\u009b\u202e') expect(stderr).not.toContain(character);
    }
  });

  it('says an expected failure in one sentence and exits with 1', async () => {
    expect(await runFixture(['fail'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'The cinema 12345678 is not known here.\n',
    });
    expect(await runFixture(['fail-below'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'The database key does not open this database.\n',
    });
    expect(await runFixture(['fail-explained'])).toEqual({ code: 1, stdout: '', stderr: 'The disk is full.\n' });
  });

  it('says it without what could make a line look like another', async () => {
    const { stderr } = await runFixture(['fail', '\u001b[2J\u009b\u202e1\u0085票']);
    expect(stderr).toBe('The cinema \\u001b[2J\\u009b\\u202e1\\u0085票 is not known here.\n');
  });

  it('calls an unexpected error a bug, and shows its stack at LOG_LEVEL=debug only', async () => {
    const plain = await runFixture(['crash']);
    expect(plain.code).toBe(1);
    expect(plain.stderr).toMatch(/^Unexpected error: x is not a function \(this is a bug; .*\)\n$/);
    const debug = await runFixture(['crash'], { LOG_LEVEL: 'debug' });
    expect(debug.code).toBe(1);
    expect(debug.stderr).toContain('this is a bug');
    expect(debug.stderr).toContain('fixture-program.ts:');
  });
});
