import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { ExpectedError } from './expected-error.ts';
import { LOG_LEVELS } from './logger.ts';
import {
  addresses,
  hostName,
  oneOf,
  publicUrl,
  publicUrlIn,
  secret,
  shortText,
  text,
  url,
  wholeNumber,
} from './setting-kinds.ts';

/** The settings of every service. An app spreads them into its own shape, adds its own, and may replace an entry. */
export const baseSettings = {
  HOST: hostName().default('127.0.0.1'),
  PORT: wholeNumber(0, 65535).default(9000),
  MAX_CONNECTIONS: wholeNumber(1, 1_000_000).default(10_000),
  MAX_CONNECTIONS_PER_ADDRESS: wholeNumber(1, 1_000_000).default(2048),
  PROXY_ADDRESSES: addresses(),
  CONSOLE_HOST: hostName().optional(),
  CONSOLE_PORT: wholeNumber(0, 65535).optional(),
  DATA_DIR: text('a directory', '一个目录').default('.data'),
  DATABASE_URL: secret(url(['sqlite', 'postgres', 'postgresql']).optional()),
  DATABASE_KEY_FILE: text('a file', '一个文件').optional(),
  TLS_CERT_FILE: text('a file with a PEM certificate chain', '含 PEM 证书链的文件').optional(),
  TLS_KEY_FILE: text('a file with a PEM private key', '含 PEM 私钥的文件').optional(),
  PUBLIC_URL: publicUrl().optional(),
  // Longer than a balancer takes to see that GET /ready says no, shorter than Docker waits before it kills.
  DRAIN_SECONDS: wholeNumber(0, 300).default(5),
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
  // None for production: what is named is what must not be taken for it.
  ENVIRONMENT_NAME: shortText(24).optional(),
  LOGO_FILE: text('an SVG, PNG or WebP file', '一个 SVG、PNG 或 WebP 文件').optional(),
};

/** Defaults that follow from other settings, so `readSettings` fills them in. */
type Derived = Record<'CONSOLE_HOST' | 'DATABASE_URL' | 'DATABASE_KEY_FILE' | 'PUBLIC_URL', string> & {
  CONSOLE_PORT: number;
};

/** How far the console's port lies above the service's: 9443 where that is 9000. */
const CONSOLE_PORT_DISTANCE = 443;

export type SettingsShape = z.ZodRawShape & { [name in keyof typeof baseSettings]: z.ZodType };

export type SettingsOf<S extends z.ZodRawShape> = Omit<z.output<z.ZodObject<S>>, keyof Derived> & Derived;

export type BaseSettings = SettingsOf<typeof baseSettings>;

/**
 * Reads settings from environment variables; an empty one counts as not set. `PUBLIC_URL` follows from HOST and PORT, `CONSOLE_HOST` is
 * HOST, `CONSOLE_PORT` PORT + 443 (0 if PORT is 0); database and key lie in DATA_DIR, which comes back absolute, and beside it.
 * @throws ExpectedError with one sentence for each wrong variable: its name, what is allowed, and its value unless that is a secret.
 */
export function readSettings<S extends SettingsShape>(
  shape: S,
  env: Readonly<Record<string, string | undefined>>,
): SettingsOf<S> {
  const { values, faults } = readEach(shape, env);
  faults.push(...faultsTogether(values));
  if (faults.length > 0) throw new ExpectedError(faults.join('\n'));
  return withDerived(values) as SettingsOf<S>;
}

export type ShownSetting = ReturnType<typeof showSettings>[number];

/** Every setting with its value, unless that is a secret, and its default. @throws ExpectedError as `readSettings` does. */
export function showSettings(shape: SettingsShape, env: Readonly<Record<string, string | undefined>>) {
  const values: Readonly<Record<string, unknown>> = readSettings(shape, env);
  const { values: read } = readEach(shape, env);
  return Object.entries(shape).map(([name, field]) => {
    const schema = field as z.ZodType;
    const given = env[name];
    const isGiven = given !== undefined && given !== '';
    const isHidden = isGiven && isSecretValue(schema, given);
    const unset = schema.safeParse(undefined);
    return {
      name,
      value: isHidden ? null : (values[name] ?? null),
      /** What it would be if it were not set. */
      usual: withDerived({ ...read, [name]: unset.success ? unset.data : undefined })[name] ?? null,
      from: isGiven ? ('environment' as const) : ('default' as const),
      isHidden,
      /** What it may be, in words; empty if no words were given. */
      allowed: firstOf(schema, 'description') ?? '',
      allowedZh: firstOf(schema, 'zh') ?? '',
    };
  });
}

function readEach(shape: SettingsShape, env: Readonly<Record<string, string | undefined>>) {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, field] of Object.entries(shape)) {
    const schema = field as z.ZodType;
    const given = env[name] === '' ? undefined : env[name];
    const result = schema.safeParse(given);
    if (result.success) values[name] = result.data;
    else faults.push(faultSentence(name, given, schema, result.error));
  }
  return { values, faults };
}

/** A URL with a username or a password, whatever setting it was given to. */
const HOLDS_CREDENTIALS = /:\/\/.*@/s;

function faultSentence(name: string, given: string | undefined, schema: z.ZodType, error: z.ZodError): string {
  const allowed = firstOf(schema, 'description') ?? `valid (${error.issues[0]?.message ?? 'it is not'})`;
  if (given === undefined) return `The environment variable ${name} is not set; it must be ${allowed}.`;
  const shown = isSecretValue(schema, given) ? 'has an unusable value' : `is ${JSON.stringify(given)}`;
  return `The environment variable ${name} ${shown}; it must be ${allowed}.`;
}

function isSecretValue(schema: z.ZodType, given: string): boolean {
  return layersOf(schema).some((layer) => layer.meta()?.isSecret === true) || HOLDS_CREDENTIALS.test(given);
}

/** What the outermost layer says that says anything. */
const firstOf = (schema: z.ZodType, name: 'description' | 'zh') =>
  layersOf(schema)
    .map((layer) => layer.meta()?.[name] as string | undefined)
    .find((said) => said !== undefined);

/** A schema and what its default or optional stands around; a description or a secret mark may be on any of them. */
function* layersOf(schema: z.ZodType): Generator<z.ZodType> {
  yield schema;
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    yield* layersOf(schema.unwrap() as z.ZodType);
  }
}

/** What is wrong with settings that are right each by itself. */
function* faultsTogether(values: Record<string, unknown>): Generator<string> {
  const { HOST, PORT, CONSOLE_PORT, PUBLIC_URL, TLS_CERT_FILE, TLS_KEY_FILE } = values;
  if ((TLS_CERT_FILE === undefined) !== (TLS_KEY_FILE === undefined))
    yield 'The environment variables TLS_CERT_FILE and TLS_KEY_FILE belong together; set both or neither.';
  const port = consolePort(Number(PORT));
  if (CONSOLE_PORT === undefined && port > 65535)
    yield `The environment variable CONSOLE_PORT is not set and would be PORT + ${CONSOLE_PORT_DISTANCE}, ${port}, which is no port; set it to a whole number from 0 to 65535.`;
  if (HOST === undefined || PORT === undefined || PUBLIC_URL !== undefined) return;
  // An address with a zone and a name with an underscore can be listened on, and are not valid in a URL.
  const host = reachableHost(String(HOST));
  const source = host === HOST ? 'HOST' : 'the name of this machine';
  if (usualPublicUrl(values) === null)
    yield `The environment variable PUBLIC_URL is not set and does not follow from ${source}, ${JSON.stringify(host)}; set it to the URL under which others reach this service.`;
}

function usualPublicUrl({ HOST, PORT }: Record<string, unknown>): string | null {
  const host = reachableHost(String(HOST));
  return publicUrlIn(`https://${inUrl(host)}`) === null ? null : httpsUrl(host, Number(PORT));
}

function consolePort(port: number): number {
  return port === 0 ? 0 : port + CONSOLE_PORT_DISTANCE;
}

function withDerived(values: Record<string, unknown>): Record<string, unknown> {
  const dataDir = resolve(String(values.DATA_DIR));
  return {
    ...values,
    DATA_DIR: dataDir,
    CONSOLE_HOST: values.CONSOLE_HOST ?? values.HOST,
    CONSOLE_PORT: values.CONSOLE_PORT ?? consolePort(Number(values.PORT)),
    DATABASE_URL: values.DATABASE_URL ?? sqliteUrl(join(dataDir, 'ticket-check.db')),
    // Beside the data directory, so that a copy of the directory, such as a backup, does not carry the key of what is in it.
    DATABASE_KEY_FILE: values.DATABASE_KEY_FILE ?? `${dataDir}.key`,
    PUBLIC_URL: values.PUBLIC_URL ?? usualPublicUrl(values),
  };
}

function sqliteUrl(path: string): string {
  return pathToFileURL(path).href.replace(/^file:/, 'sqlite:');
}

/** The address by which this machine itself reaches what listens on a host. */
export function localHost(host: string): string {
  return host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

/** The name others can use for a host that a server listens on; listening on all addresses names none of them. */
function reachableHost(host: string): string {
  return host === '0.0.0.0' || host === '::' ? hostname() : host;
}

/** `https://host:port` without a trailing slash; IPv6 addresses get their brackets. */
export function httpsUrl(host: string, port: number): string {
  return new URL(`https://${inUrl(host)}:${port}`).origin;
}

const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);
