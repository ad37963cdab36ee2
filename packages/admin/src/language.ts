import type { FastifyRequest } from 'fastify';

export const LANGUAGES = ['zh', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

export type InEachLanguage<T = string> = Readonly<Record<Language, T>>;

/** Its name makes browsers accept it only from this host, over HTTPS. */
export const LANGUAGE_COOKIE = '__Host-language';

/** The language that somebody has chosen; until then the first of the browser's that there is, and Chinese without any. */
export function languageOf({ cookies, headers }: Pick<FastifyRequest, 'cookies' | 'headers'>): Language {
  const chosen = LANGUAGES.find((known) => known === cookies[LANGUAGE_COOKIE]);
  return chosen ?? (/\b(zh|en)\b/i.exec(headers['accept-language'] ?? '')?.[1]?.toLowerCase() as Language) ?? 'zh';
}
