import { z } from 'zod';

/** The kinds of values that environment variables hold. Each carries a description that says what is allowed, in English and in Chinese. */

const inChinese = z.registry<{ zh: string }>();

/** Says of a setting what is allowed, as the end of a sentence: `a directory`, `一个目录`. */
export function allows<T extends z.ZodType>(schema: T, en: string, zh: string): T {
  const described = schema.describe(en);
  inChinese.add(described, { zh });
  return described;
}

/** What this very schema allows, in Chinese. */
export function allowedInChinese(schema: z.ZodType): string | undefined {
  return inChinese.get(schema)?.zh;
}

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
  const schema = z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
  return allows(schema, `a whole number from ${min} to ${max}`, `${min} 到 ${max} 的整数`);
}

/** One of a few words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return allows(z.enum(words), `one of ${words.join(', ')}`, `${words.join('、')} 之一`);
}

/** A switch: `true`, `yes`, `1` or `on`; `false`, `no`, `0` or `off`. */
export function onOff() {
  const schema = z.stringbool({
    truthy: ['true', 'yes', '1', 'on'],
    falsy: ['false', 'no', '0', 'off'],
  });
  return allows(schema, 'true or false', 'true 或 false');
}

/** An address or host name to listen on. */
export function hostName() {
  const schema = z.string().regex(/^[A-Za-z0-9._:%-]+$/);
  return allows(schema, 'an address or host name of this machine', '本机的地址或主机名');
}

/** Any text; what it should be is said in words, as in `a directory`. */
export function text(en: string, zh: string) {
  return allows(z.string(), en, zh);
}

/** An absolute URL with one of the given schemes. */
export function url(schemes: readonly string[]) {
  const schema = z
    .string()
    .refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)));
  const beginnings = schemes.map((scheme) => `${scheme}://`);
  return allows(schema, `a URL that begins with ${beginnings.join(' or ')}`, `以 ${beginnings.join('、')} 开头的地址`);
}

/** An https URL that is shown to people and handed to callers, so it holds no username and no password. */
export function publicUrl() {
  const schema = z.string().refine((value) => {
    const parsed = URL.parse(value);
    return parsed?.protocol === 'https:' && parsed.username === '' && parsed.password === '';
  });
  return allows(
    schema,
    'a URL that begins with https:// and holds no username or password',
    '以 https:// 开头、不含用户名和密码的地址',
  );
}
