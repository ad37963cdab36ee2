import { createContext, use } from 'react';

export type Language = 'zh' | 'en';

/** What the console starts with, the answer of `/console.json`. */
export type Begun = {
  readonly Site: string;
  readonly Language: Language;
  readonly Csrf: string;
  readonly Operator: {
    readonly Username: string;
    readonly Role: 'administrator' | 'supervisor' | 'usher' | 'auditor';
    readonly RoleName: string;
    readonly CinemaCodes: readonly string[] | 'all';
  };
  readonly Permissions: readonly string[];
  readonly Menu: readonly { readonly Path: string; readonly Label: string; readonly IsScreen: boolean }[];
};

export const BegunContext = createContext<Begun | null>(null);

/** Who is logged in, what they may do and see, and in which language. */
export function useBegun(): Begun {
  const begun = use(BegunContext);
  if (begun === null) throw new Error('screens are shown only after the console has started');
  return begun;
}

/** Whether the operator has a permission, such as `claims.release`. What they lack is not shown to them. */
export function useMay(permission: string): boolean {
  return useBegun().Permissions.includes(permission);
}

/** Something in each language; Chinese first. */
export type InEachLanguage<T> = Readonly<Record<Language, T>>;

/** The language that was chosen; Chinese where it is not known yet. */
export function useLanguage(): Language {
  return use(BegunContext)?.Language ?? 'zh';
}

/** The words of a screen in the language that was chosen. */
export function useWords<T>(words: InEachLanguage<T>): T {
  return words[useLanguage()];
}

/** What check records are on this service. */
export type RecordsHere = {
  /** Whose each record is: a gate's at a terminal, a terminal's or a whole platform's at the platform that it reports to. */
  readonly checkedBy: 'gate' | 'terminal' | 'platform';
  /** Whether they are sent on, so that they wait, are refused above or have arrived there. */
  readonly areSentOn: boolean;
};

export const RecordsHereContext = createContext<RecordsHere | null>(null);

export function useRecordsHere(): RecordsHere {
  const here = use(RecordsHereContext);
  if (here === null) throw new Error('screens are shown only after the console has started');
  return here;
}
