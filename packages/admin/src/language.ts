import type { FastifyRequest } from 'fastify';

export const LANGUAGES = ['zh', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A text in each language. */
export type InEachLanguage<T = string> = Readonly<Record<Language, T>>;

/** Its name makes browsers accept it only from this host, over HTTPS. */
export const LANGUAGE_COOKIE = '__Host-language';

/** The language that somebody has chosen; Chinese first. */
export function languageOf({ cookies }: Pick<FastifyRequest, 'cookies'>): Language {
  return cookies[LANGUAGE_COOKIE] === 'en' ? 'en' : 'zh';
}
