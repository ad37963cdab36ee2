import type { ShownChange, ShownList } from '@ticket-check/admin/changes';
import { createContext, use } from 'react';

export type Language = 'zh' | 'en';

/** What the console starts with, the answer of `/console.json`. */
export type Begun = {
  readonly Site: string;
  /** What the operation is called beside others; null for the production. */
  readonly Environment: string | null;
  /** The address of the logo; null without one. */
  readonly Logo: string | null;
  readonly Language: Language;
  readonly Csrf: string;
  readonly Operator: { readonly Username: string; readonly RoleName: string };
  /** Whether a second factor has to be set up before anything else. */
  readonly HasFirstDuty: boolean;
  readonly Permissions: readonly string[];
  readonly Menu: readonly { readonly Path: string; readonly Label: string; readonly IsScreen: boolean }[];
  readonly Lists: Readonly<Record<string, ShownList>>;
  readonly Changes: Readonly<Record<string, ShownChange>>;
};

const UNDECLARED: ShownList = { Rows: '', Live: false, HasFile: false, Filters: [] };

export type RecordsHere = {
  /** Whose each record is: a gate's at a terminal, a terminal's or a whole platform's at the platform that it reports to. */
  readonly checkedBy: 'gate' | 'terminal' | 'platform';
  /** Whether they are sent on, so that they wait, are refused above or have arrived there. */
  readonly areSentOn: boolean;
};

export const BegunContext = createContext<(Begun & RecordsHere) | null>(null);

/** Who is logged in, what they may do and see, and in which language; and what check records are here. */
export function useBegun(): Begun & RecordsHere {
  const begun = use(BegunContext);
  if (begun === null) throw new Error('screens are shown only after the console has started');
  return begun;
}

export const useDeclared = (path: string): ShownList => useBegun().Lists[path] ?? UNDECLARED;

/** Whether the operator has a permission, such as `claims.release`. What they lack is not shown to them. */
export const useMay = (permission: string): boolean => useBegun().Permissions.includes(permission);

export type Pair = readonly [zh: string, en: string];

/** The words of a screen: each a pair, what makes one of what it is about, or a text that is no language. */
type Words = string | Pair | { readonly [name: string]: Words } | ((...about: never[]) => Words);

type InOne<T> = T extends string | Pair
  ? string
  : T extends (...about: infer About) => infer Made
    ? (...about: About) => InOne<Made>
    : { readonly [Name in keyof T]: InOne<T[Name]> };

type InEachLanguage<T> = Readonly<Record<Language, T>>;

/** Takes the words of a screen apart by language. */
export function inEachLanguage<T extends { readonly [name: string]: Words }>(words: T): InEachLanguage<InOne<T>> {
  return { zh: inOne(words, 0) as InOne<T>, en: inOne(words, 1) as InOne<T> };
}

function inOne(words: Words, place: 0 | 1): unknown {
  if (typeof words === 'string') return words;
  if (typeof words === 'function') return (...about: never[]) => inOne(words(...about), place);
  if (isPair(words)) return words[place];
  return Object.fromEntries(Object.entries(words).map(([name, one]) => [name, inOne(one, place)]));
}

const isPair = (words: Words): words is Pair => Array.isArray(words);

/** The language that was chosen; Chinese where it is not known yet. */
export const useLanguage = (): Language => use(BegunContext)?.Language ?? 'zh';

export function useWords<T>(words: InEachLanguage<T>): T {
  return words[useLanguage()];
}

/** Chooses what the service says in both languages. */
export function useSaid(): (en: string, zh: string) => string {
  const isChinese = useLanguage() === 'zh';
  return (en, zh) => (isChinese ? zh : en);
}

/** The words for a code; without any, the code itself or what is said instead. */
export const named = (words: Readonly<Record<string, string>>, code: string, instead = code): string =>
  (Object.hasOwn(words, code) ? words[code] : undefined) ?? instead;
