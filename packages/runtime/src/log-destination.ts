import type { Writable } from 'node:stream';

/** What lines of logs wait in memory for their reader, at most. */
const MAX_WAITING = 1024 * 1024;

export type LogDestination = {
  write(line: string): void;
  /** Lines that were dropped since the start. */
  dropped(): number;
};

/**
 * Writes lines to a stream without ever waiting for its reader: up to 1 MiB waits in memory for a reader that stopped, and
 * lines beyond that are dropped and counted. One line reports their number once the reader is back. A reader that is gone
 * (EPIPE) does not end the process.
 *
 * Node writes to a pipe or socket without blocking, and without occupying a thread of libuv's pool, which the store and
 * cryptography use too; a logger writes to a terminal likewise (`writeWithoutBlocking`). A file is written at once.
 */
export function logTo(stream: Writable): LogDestination {
  let dropped = 0;
  let untold = 0;
  let gone = false;
  stream.on('error', () => {
    gone = true;
  });
  stream.on('drain', () => {
    if (untold === 0) return;
    const time = new Date().toISOString();
    const msg = 'dropped log lines that nobody read';
    stream.write(`${JSON.stringify({ level: 'warn', time, pid: process.pid, dropped: untold, msg })}\n`);
    untold = 0;
  });
  return {
    write(line) {
      if (gone || stream.destroyed || stream.writableLength > MAX_WAITING) {
        dropped += 1;
        untold += 1;
        return;
      }
      stream.write(line);
    },
    dropped: () => dropped,
  };
}
