import { describe, expect, it } from 'vitest';
import { printResult } from './output.ts';
import { createProgram, defineCommands, lateCommand, runCommand } from './program.ts';
import { outputOf } from './testing/index.ts';

/** A program with two late commands, with and without subcommands; reports which were defined. */
function lateProgram() {
  const program = createProgram('service', 'A program for tests').option('--operator <name>', 'who runs it');
  const defined: string[] = [];
  lateCommand(program, 'cinema', 'the cinemas', async (cinema) => {
    defined.push('cinema');
    cinema
      .command('list')
      .description('print them')
      .action(() => printResult('31012801'));
  });
  lateCommand(program, 'import', 'take in what a file holds', async (command) => {
    defined.push('import');
    command
      .option('--dry-run', 'take in nothing')
      .action((file: string, { dryRun }: { dryRun?: true }) => printResult(`${file} ${dryRun}`));
  }).argument('<file>', 'lines of JSON');
  return { program, defined };
}

async function run(...args: string[]) {
  const { program, defined } = lateProgram();
  return { ...(await outputOf(() => runCommand(program, ['node', 'service', ...args], {}))), defined };
}

describe('a late command', () => {
  it('is listed with its arguments in the help of its program, and not defined for that', async () => {
    const { stdout, result, defined } = await run('--help');
    expect(result).toBe(0);
    expect(stdout).toMatch(/^ {2}cinema +the cinemas$/m);
    expect(stdout).toMatch(/^ {2}import <file> +take in what a file holds$/m);
    expect(defined).toEqual([]);
  });

  it('runs, and is the only one that is defined for that', async () => {
    expect(await run('cinema', 'list')).toMatchObject({ result: 0, stdout: '31012801\n', defined: ['cinema'] });
    expect(await run('import', 'a.json', '--dry-run')).toMatchObject({ stdout: 'a.json true\n', defined: ['import'] });
  });

  it('shows its whole help, however it is asked for', async () => {
    const { stdout, result } = await run('cinema', '--help');
    expect(result).toBe(0);
    expect(stdout).toMatch(/^ {2}list +print them$/m);
    expect(await run('help', 'cinema')).toMatchObject({ result: 0, stdout });
    expect(await run('--operator', 'anna', 'help', 'cinema')).toMatchObject({ result: 0, stdout });
    expect(await run('help', '--operator=anna', 'cinema')).toMatchObject({ result: 0, stdout });
    expect((await run('help', 'import')).stdout).toContain('--dry-run');
  });

  it('says what was wrong with its use, and exits with 2', async () => {
    expect(await run('cinema', 'lsit')).toMatchObject({ result: 2, stderr: expect.stringContaining("'lsit'") });
    expect(await run('import')).toMatchObject({ result: 2, stderr: expect.stringContaining('file') });
    expect((await run('cinema')).result).toBe(2);
  });

  it('is defined once, for who wants to know all that a program has', async () => {
    const { program, defined } = lateProgram();
    const names = (await defineCommands(program)).commands.map(({ commands }) => commands.map((one) => one.name()));
    expect(names).toEqual([['list'], []]);
    await outputOf(() => runCommand(program, ['node', 'service', 'cinema', 'list'], {}));
    expect(defined).toEqual(['cinema', 'import']);
  });

  it('is defined once also where two want it at a time, and again after what it is made of could not be loaded', async () => {
    const { program, defined } = lateProgram();
    await Promise.all([defineCommands(program), defineCommands(program)]);
    expect(defined).toEqual(['cinema', 'import']);

    const failing = createProgram('service', 'A program for tests');
    let tries = 0;
    lateCommand(failing, 'cinema', 'the cinemas', async (cinema) => {
      tries += 1;
      if (tries === 1) throw new Error('EMFILE: too many open files');
      cinema.action(() => printResult('31012801'));
    });
    const list = () => outputOf(() => runCommand(failing, ['node', 'service', 'cinema'], {}));
    expect(await list()).toMatchObject({ result: 1, stderr: expect.stringContaining('EMFILE') });
    expect(await list()).toMatchObject({ result: 0, stdout: '31012801\n' });
  });
});
