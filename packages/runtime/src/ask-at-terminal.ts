import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { ReadStream } from 'node:tty';
import { escapeInText } from './escape-controls.ts';
import { ExpectedError } from './expected-error.ts';

/** Prompts at the terminal, not standard input, for a line that is not echoed; null without one. @throws ExpectedError on Ctrl-C. */
export function askHidden(question: string): Promise<string | null> {
  return askAtTerminal(question, new Writable({ write: (_chunk, _encoding, done) => done() }));
}

/** Asks for a line that is shown while it is typed, otherwise like `askHidden`. */
export function askShown(question: string): Promise<string | null> {
  return askAtTerminal(question, process.stderr);
}

async function askAtTerminal(question: string, output: NodeJS.WritableStream): Promise<string | null> {
  const terminal = openTerminal();
  if (terminal === null) return null;
  const lines = createInterface({ input: terminal, output, terminal: true, historySize: 0 });
  process.stderr.write(escapeInText(question));
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  lines.once('line', resolve);
  lines.once('SIGINT', () => lines.close());
  lines.once('close', () => reject(new ExpectedError('Nothing was done: the question was broken off.')));
  try {
    return await promise;
  } finally {
    process.stderr.write('\n');
    lines.close();
    terminal.destroy();
  }
}

function openTerminal(): ReadStream | null {
  if (process.platform === 'win32') return process.stdin.isTTY ? process.stdin : null;
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch {
    return null;
  }
}
