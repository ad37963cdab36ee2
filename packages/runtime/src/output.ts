import { once } from 'node:events';
import { escapeInJson, escapeInText } from './escape-controls.ts';
import { ExpectedError } from './expected-error.ts';
import { within } from './time.ts';

/** How long the end of a process waits for a reader of its log. */
const MAX_WAIT_MS = 1000;

let isService = false;

/** Writes one line of a command's result, JSON or a code, to standard output, without misleading characters. */
export function printResult(line: string): void {
  process.stdout.write(`${escapeInJson(line)}\n`);
}

/** Writes a result that is no line of text. @throws ExpectedError if standard output is a terminal, which may obey bytes. */
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

/** From here on this process is a service: a reader of its outputs that is gone or has stopped neither ends it nor holds it up. */
export function outliveReaders(): void {
  isService = true;
  for (const stream of [process.stdout, process.stderr]) writeWithoutBlocking(stream);
}

/** A terminal that is stopped with Ctrl-S would stop the whole process, since Node blocks on it. There is no public way to change that. */
export function writeWithoutBlocking(stream: NodeJS.WriteStream): void {
  if (!stream.isTTY) return;
  (stream as { _handle?: { setBlocking?(isBlocking: boolean): void } })._handle?.setBlocking?.(false);
}

/** Whether the process continues after the reader of its standard output is gone. */
export function outlivesReaders(): boolean {
  return isService;
}

/** Resolves when everything printed is taken: results when their reader wants them, the log and a service's output within a second. */
export async function outputTaken(): Promise<void> {
  const taken = (stream: NodeJS.WriteStream) => new Promise<unknown>((resolve) => void stream.write('', resolve));
  const [results, log] = [taken(process.stdout), taken(process.stderr)];
  await Promise.all([isService ? within(MAX_WAIT_MS, results) : results, within(MAX_WAIT_MS, log)]);
}
