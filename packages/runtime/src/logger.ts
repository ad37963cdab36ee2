import { type DestinationStream, type Logger, pino } from 'pino';
import { escapeInJson } from './escape-controls.ts';
import { writeWithoutBlocking } from './output.ts';

export type { Logger };

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

const SECRET_KEYS = [
  'password',
  'privateKey',
  'privateKeyPem',
  'PrivateKey',
  'encryptionKey',
  'databaseKey',
  'Signature',
  'signature',
  'authorization',
  'cookie',
  '["set-cookie"]',
];

/** Secrets are removed at the top of a logged object and up to two levels below it. */
const SECRET_PATHS = SECRET_KEYS.flatMap((key) => {
  const step = key.startsWith('[') ? key : `.${key}`;
  return [key, `*${step}`, `*.*${step}`];
});

let standardError: ReturnType<typeof logTo> | undefined;
const toStandardError = () => (standardError ??= logTo(process.stderr));

export const droppedLogLines = (): number => standardError?.dropped() ?? 0;

/**
 * A logger that writes one JSON object a line, by default to standard error (`logTo`), without those whose `err` is reported already
 * (`markReported`). Misleading characters are escaped, and secrets replaced by `[secret]`.
 */
export function createLogger(
  name: string,
  level: LogLevel = 'info',
  destination: DestinationStream = toStandardError(),
): Logger {
  return pino(
    {
      name,
      level,
      base: { name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      hooks: {
        logMethod(line, write) {
          const [fields] = line as readonly unknown[];
          const error = fields !== null && typeof fields === 'object' && 'err' in fields ? fields.err : fields;
          if (!isReported(error)) write.apply(this, line);
        },
      },
      redact: { paths: SECRET_PATHS, censor: '[secret]' },
    },
    { write: (line: string) => destination.write(escapeInJson(line)) },
  );
}

/** What lines of logs wait in memory for their reader, at most. */
const MAX_WAITING = 1024 * 1024;

/**
 * Writes lines to a stream without ever waiting for its reader: up to 1 MiB waits in memory, lines beyond that are dropped, and one line
 * reports their number once the reader is back. A reader that is gone does not end the process.
 */
function logTo(stream: NodeJS.WriteStream) {
  writeWithoutBlocking(stream);
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
    write(line: string): void {
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

const reported = new WeakSet<Error>();

/** Says that the log reports this error already, once for all whom it meets: lines that carry it as `err` are left out. */
export function markReported(error: unknown): void {
  if (error instanceof Error) reported.add(error);
}

/** Whether the log reports this error, or one of its causes, already. */
export function isReported(error: unknown): boolean {
  return error instanceof Error && (reported.has(error) || isReported(error.cause));
}
