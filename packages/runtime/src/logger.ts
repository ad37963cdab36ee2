import { type DestinationStream, type Logger, pino } from 'pino';
import { escapeInJson } from './escape-controls.ts';
import { type LogDestination, logTo } from './log-destination.ts';
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

let standardError: LogDestination | undefined;

function logToStandardError(): LogDestination {
  if (standardError === undefined) {
    // Before the first line: a service that starts logs before it serves.
    writeWithoutBlocking(process.stderr);
    standardError = logTo(process.stderr);
  }
  return standardError;
}

/** Lines of logs that were dropped because nobody read standard error. */
export function droppedLogLines(): number {
  return standardError?.dropped() ?? 0;
}

/**
 * A logger that writes one JSON object a line, by default to standard error, where it never waits for the reader (`logTo`).
 * Characters that could make a line look like another are escaped. Passwords, private keys, signatures, cookies and
 * authorization headers are replaced by `[secret]`.
 */
export function createLogger(
  name: string,
  level: LogLevel = 'info',
  destination: DestinationStream = logToStandardError(),
): Logger {
  return pino(
    {
      name,
      level,
      base: { name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_PATHS, censor: '[secret]' },
    },
    { write: (line: string) => destination.write(escapeInJson(line)) },
  );
}
