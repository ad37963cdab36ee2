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
