import { once } from 'node:events';
import { escapeInJson, escapeInText } from './escape-controls.ts';
import { ExpectedError } from './expected-error.ts';
import { within } from './time.ts';

/** How long the end of a process waits for a reader of its log. */
const MAX_WAIT_MS = 1000;

let isService = false;

/**
 * Writes one line of a command's result to standard output: JSON, or a code. Names in it come from others, so characters
 * that could make a line look like another are escaped.
 */
export function printResult(line: string): void {
  process.stdout.write(`${escapeInJson(line)}\n`);
}

/**
 * Writes a result that is no line of text, such as a file, as fast as it is taken.
 *
 * @throws ExpectedError if standard output is a terminal, which shows bytes as noise and may obey them; what the source throws.
 */
export async function printBytes(source: AsyncIterable<Uint8Array>): Promise<void> {
  if (process.stdout.isTTY) {
    throw new ExpectedError(
      'This output is a file and no text for a terminal: send it to a file with > or to a program with |.',
    );
  }
  for await (const bytes of source) {
    if (!process.stdout.write(bytes)) await once(process.stdout, 'drain');
  }
}

/** Writes one line meant for a person to standard error, apart from results. */
export function printNotice(line: string): void {
  process.stderr.write(`${escapeInText(line)}\n`);
}

/**
 * From here on this process is a service: a reader of its outputs that is gone does not end it, and one that has stopped
 * holds nothing up, neither what the service does nor its end.
 */
export function outliveReaders(): void {
  isService = true;
  for (const stream of [process.stdout, process.stderr]) writeWithoutBlocking(stream);
}

/**
 * Node writes to a pipe without blocking, but to a terminal with blocking calls: one that is stopped with Ctrl-S, or whose
 * connection hangs, would stop the whole process. There is no public way to change that.
 */
export function writeWithoutBlocking(stream: NodeJS.WriteStream): void {
  if (!stream.isTTY) return;
  (stream as { _handle?: { setBlocking?(isBlocking: boolean): void } })._handle?.setBlocking?.(false);
}

/** Whether the process continues after the reader of its standard output is gone. */
export function outlivesReaders(): boolean {
  return isService;
}

/**
 * Resolves when everything printed has been taken. A reader of results is waited for, as `less` wants it; one of standard
 * error, or of a service's standard output, only for a second.
 */
export async function outputTaken(): Promise<void> {
  const [results, log] = [taken(process.stdout), taken(process.stderr)];
  await Promise.all([isService ? within(MAX_WAIT_MS, results) : results, within(MAX_WAIT_MS, log)]);
}

function taken(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
