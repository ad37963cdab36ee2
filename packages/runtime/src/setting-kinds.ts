import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** The kinds of values that environment variables hold. Each carries a description that says what is allowed, in English and in Chinese. */

/** Says of a setting what is allowed, as the end of a sentence: `a directory`, `一个目录`. */
export function allows<T extends z.ZodType>(schema: T, en: string, zh: string): T {
  return schema.meta({ description: en, zh });
}

/** Marks a setting whose value must never be shown. */
export function secret<T extends z.ZodType>(schema: T): T {
  return schema.meta({ ...schema.meta(), isSecret: true });
}

/** Text that `parse` reads; the message of what it throws says what is wrong. */
export function parsed<T>(en: string, zh: string, parse: (value: string) => T) {
  return text(en, zh).transform((value, context): T => {
    try {
      return parse(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });
}

/** Parses addresses and subnets separated by commas. @throws Error that names the bad one */
export function parseAddresses(text: string): BlockList {
  const list = new BlockList();
  for (const part of text.split(',').map((one) => one.trim())) {
    const [address = '', length, ...rest] = part.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const isLength =
      length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (family === 'ipv6' ? 128 : 32));
    if (isIP(address) === 0 || !isLength || rest.length > 0)
      throw new Error(`${part || 'nothing'} is not an IP address or subnet`);
    if (length === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(length), family);
  }
  return list;
}

export function addresses() {
  return parsed('addresses or subnets, separated by commas', 'IP 地址或网段，用逗号分隔', parseAddresses).default(
    () => new BlockList(),
  );
}

export function wholeNumber(min: number, max: number) {
  const schema = z
    .string()
    .regex(/^-?\d{1,15}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
  return allows(schema, `a whole number from ${min} to ${max}`, `${min} 到 ${max} 的整数`);
}

export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return allows(z.enum(words), `one of ${words.join(', ')}`, `${words.join('、')} 之一`);
}

export function hostName() {
  const schema = z.string().regex(/^[A-Za-z0-9._:%-]+$/);
  return allows(schema, 'an address or host name of this machine', '本机的地址或主机名');
}

/** Any text; what it should be is said in words, as in `a directory`. */
export function text(en: string, zh: string) {
  return allows(z.string(), en, zh);
}

/** A name that people read, of at most this many characters. */
export function shortText(max: number) {
  return allows(z.string().trim().max(max), `a name of at most ${max} characters`, `最多 ${max} 个字符的名称`);
}

export function url(schemes: readonly string[]) {
  const schema = z
    .string()
    .refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol.slice(0, -1)));
  const beginnings = schemes.map((scheme) => `${scheme}://`);
  return allows(schema, `a URL that begins with ${beginnings.join(' or ')}`, `以 ${beginnings.join('、')} 开头的地址`);
}

/** The https URL that others reach a service by, normalized as browsers write it, without a slash after a bare host or a dot after a name. */
export function publicUrl() {
  const schema = z.string().transform(publicUrlIn).pipe(z.string());
  return allows(
    schema,
    'a URL that begins with https:// and a host name or address, without username, password, port 0, query or fragment',
    '以 https:// 开头、含主机名或 IP 地址的网址，不得含用户名、密码、端口 0、查询参数或片段',
  );
}

/** Labels of letters, digits and hyphens: a certificate can name it, and every client takes it. */
const HOST_NAME = /^(?!.{254})(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.(?=.)|$))+$/;
const IPV6_ADDRESS = /^\[[0-9a-f:.]+\]$/;

/** A public URL as it is kept; null if the text is none. */
export function publicUrlIn(text: string): string | null {
  const url = URL.parse(text);
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '' || url.port === '0') return null;
  if (/[?#]/.test(url.href)) return null;
  url.hostname = url.hostname.replace(/\.$/, '');
  if (!HOST_NAME.test(url.hostname) && !IPV6_ADDRESS.test(url.hostname)) return null;
  return url.pathname === '/' ? url.origin : url.href;
}
