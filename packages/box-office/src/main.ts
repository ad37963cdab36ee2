import { Command, CommanderError } from 'commander';
import { addCommands } from './commands.ts';

/** The program of a cinema's box office: exit code 0 done, 1 failed, 2 wrong usage. */
const program = new Command('box-office')
  .description(
    "A stand-in for a cinema's ticketing system, on a state file that holds the cinema and its private keys.",
  )
  .option('--state <file>', 'the state file', '.data/box-office.json')
  .exitOverride();
addCommands(program, () => Date.now());

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    const isExpected = error instanceof Error && 'expected' in error && error.expected === true;
    process.stderr.write(isExpected ? `${error.message}\n` : `This is a bug: ${(error as Error)?.stack ?? error}\n`);
    process.exitCode = 1;
  }
}
