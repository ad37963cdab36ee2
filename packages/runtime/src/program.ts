import { Command, CommanderError } from 'commander';
import { escapeInText } from './escape-controls.ts';
import { isExpected } from './expected-error.ts';
import { outlivesReaders, outputTaken, printNotice } from './output.ts';

const SUCCESS = 0;
const FAILURE = 1;
const WRONG_USAGE = 2;

/** A sentence for the user on an error that is no bug; null for any other. */
type Explain = (error: unknown) => string | null;

const explanations = new WeakMap<Command, Explain>();

/** A command line program. `explain` says what to print for errors that are no bugs without `expected: true`. */
export function createProgram(name: string, description: string, explain: Explain = () => null): Command {
  const program = new Command(name).description(description).showHelpAfterError('(--help shows the usage)');
  explanations.set(program, explain);
  return program;
}

/**
 * Runs one command and returns the exit code: 0 done (or help shown), 1 failed, 2 wrong usage. Standard error says why: one sentence for
 * an error that is expected or explained; anything else is called a bug, with its stack where LOG_LEVEL is debug or trace.
 */
export async function runCommand(
  program: Command,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<number> {
  ownTheErrors(program);
  try {
    await program.parseAsync([...argv]);
    return SUCCESS;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? SUCCESS : WRONG_USAGE;
    if (isExpected(error)) printNotice(error.message);
    else printNotice(explanations.get(program)?.(error) ?? bugReport(error, env.LOG_LEVEL));
    return FAILURE;
  }
}

/** Runs one command and ends the process with its exit code once everything it printed is taken (`outputTaken`). */
export async function runProgram(program: Command, argv: readonly string[]): Promise<never> {
  // The reader of a command's result may stop early, as `head` does; that is no failure. A service goes on without it.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (!outlivesReaders()) process.exit(error.code === 'EPIPE' ? SUCCESS : FAILURE);
  });
  // The reader of standard error may close it at any time.
  process.stderr.on('error', () => {});
  const exitCode = await runCommand(program, argv);
  await outputTaken();
  process.exit(exitCode);
}

/** Throws wrong usage, and says it without misleading characters. Commands added with `addCommand` do not inherit this. */
function ownTheErrors(command: Command): void {
  command.exitOverride();
  command.configureOutput({ outputError: (text, write) => write(escapeInText(text)) });
  for (const child of command.commands) ownTheErrors(child);
}

function bugReport(error: unknown, logLevel: string | undefined): string {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const said = `Unexpected error: ${message} (this is a bug`;
  if (logLevel === 'debug' || logLevel === 'trace') return `${said})\n${stack}`;
  return `${said}; LOG_LEVEL=debug shows where it happened)`;
}
