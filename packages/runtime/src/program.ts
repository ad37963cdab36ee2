import { Command, CommanderError } from 'commander';
import { escapeInText } from './escape-controls.ts';
import { isExpected } from './expected-error.ts';
import { outlivesReaders, outputTaken, printNotice } from './output.ts';

const SUCCESS = 0;
const FAILURE = 1;
const WRONG_USAGE = 2;

/** A command line program: commands are added with `.command()`; every one has `--help`. */
export function createProgram(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .showHelpAfterError('(--help shows the usage)')
    .hook('preSubcommand', (_, command) => define(command));
}

type Define = (command: Command) => Promise<unknown>;

const late = new WeakMap<Command, Define>();

/**
 * Adds a command by name and description only. `define` adds the rest (options, action, subcommands) when the command runs or its help
 * is shown, so that no program loads the code of its other commands. (An option that it has before that shows in the program's help as
 * `[options]`.) Commander has prepared the command itself by then: an option of its own in the form `--no-…` would not be true by
 * default. Those of its commands may have that form.
 */
export function lateCommand(program: Command, name: string, description: string, define: Define): Command {
  const command = program.command(name).description(description);
  late.set(command, define);
  return command;
}

/** Defines the late commands of a program, for who wants to know all it has. */
export async function defineCommands(program: Command): Promise<Command> {
  for (const command of program.commands) await define(command);
  return program;
}

async function define(command: Command): Promise<void> {
  const rest = late.get(command);
  if (rest === undefined) return;
  const defined = rest(command);
  // Later callers wait for the same promise.
  late.set(command, () => defined);
  try {
    await defined;
    late.delete(command);
  } catch (error) {
    late.set(command, rest);
    throw error;
  }
}

/**
 * Runs one command and answers the exit code: 0 done (or help shown), 1 failed, 2 wrong usage, which includes an
 * unknown command, a missing argument and no command at all. What went wrong is on standard error: one sentence for an
 * error that carries `expected: true`; anything else is called a bug, with its stack where LOG_LEVEL is debug or trace.
 */
export async function runCommand(
  program: Command,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<number> {
  ownTheErrors(program);
  try {
    // Options of the program may stand before them.
    const [word, asked] = program.parseOptions(argv.slice(2)).operands;
    const named = program.commands.find((command) => word === 'help' && command.name() === asked);
    // Commander calls no hook before this help.
    if (named !== undefined) await define(named);
    await program.parseAsync([...argv]);
    return SUCCESS;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? SUCCESS : WRONG_USAGE;
    if (isExpected(error)) printNotice(error.message);
    else printNotice(bugReport(error, env.LOG_LEVEL));
    return FAILURE;
  }
}

/**
 * Runs one command and ends the process with its exit code once everything it printed is taken (`outputTaken`). To be called by a
 * program's main file only.
 */
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

/**
 * Wrong usage is thrown instead of ending the process, and said without misleading characters: the message repeats what was
 * typed, or pasted. Commands that were added with `addCommand` do not inherit this from their parent.
 */
function ownTheErrors(command: Command): void {
  command.exitOverride();
  command.configureOutput({ outputError: (text, write) => write(escapeInText(text)) });
  for (const child of command.commands) ownTheErrors(child);
}

function bugReport(error: unknown, logLevel: string | undefined): string {
  const message = error instanceof Error ? error.message : String(error);
  if (logLevel !== 'debug' && logLevel !== 'trace') {
    return `Unexpected error: ${message} (this is a bug; LOG_LEVEL=debug shows where it happened)`;
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return `Unexpected error: ${message} (this is a bug)\n${stack ?? 'It came without a stack.'}`;
}
