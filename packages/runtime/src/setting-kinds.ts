import { z } from 'zod';

/** The kinds of values that environment variables hold. Each carries a description that says what is allowed. */

const secrets = z.registry<{ secret: true }>();

/** Marks a setting whose value must never be shown. */
export function secret<T extends z.ZodType>(schema: T): T {
  secrets.add(schema, { secret: true });
  return schema;
}

/** Whether this very schema was marked with `secret`. */
export function isSecret(schema: z.ZodType): boolean {
  return secrets.has(schema);
}

/** A whole number from `min` to `max`, both included. */
export function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .describe(`a whole number from ${min} to ${max}`);
}

/** One of a few words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words).describe(`one of ${words.join(', ')}`);
}

/** A switch: `true`, `yes`, `1` or `on`; `false`, `no`, `0` or `off`. */
export function onOff() {
  return z
    .stringbool({
      truthy: ['true', 'yes', '1', 'on'],
      falsy: ['false', 'no', '0', 'off'],
    })
    .describe('true or false');
}

/** An address or host name to listen on. */
export function hostName() {
  return z
    .string()
    .regex(/^[A-Za-z0-9._:%-]+$/)
    .describe('an address or host name of this machine');
}

/** Any text; `allowed` says in words what it should be, as in `a directory`. */
export function text(allowed: string) {
  return z.string().describe(allowed);
}

/** An absolute URL with one of the given schemes. */
export function url(schemes: readonly string[]) {
  return z
    .string()
    .refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)))
    .describe(`a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`);
}

/** An https URL that is shown to people and handed to callers, so it holds no username and no password. */
export function publicUrl() {
  return z
    .string()
    .refine((value) => {
      const parsed = URL.parse(value);
      return parsed?.protocol === 'https:' && parsed.username === '' && parsed.password === '';
    })
    .describe('a URL that begins with https:// and holds no username or password');
}
