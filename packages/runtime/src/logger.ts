import { type DestinationStream, type Logger, pino } from 'pino';

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

/**
 * A logger that writes one JSON object a line, to standard error unless told otherwise; there each line is written at
 * once, so that none is lost at an exit.
 * Passwords, private keys, signatures, cookies and authorization headers are replaced by `[secret]`.
 */
export function createLogger(
  name: string,
  level: LogLevel = 'info',
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
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
    destination,
  );
}
