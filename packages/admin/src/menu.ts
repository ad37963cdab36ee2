import { type Operator, permits } from '@ticket-check/operators';
import type { InEachLanguage } from './language.ts';
import type { PageSet } from './page.ts';

type MenuEntry = { readonly path: string; readonly label: InEachLanguage; readonly isScreen: boolean };

/** The menu of an operator, in the order of the capabilities, screens before pages in each. */
export function menuFor(sets: readonly PageSet[], { role }: Pick<Operator, 'role'>): MenuEntry[] {
  return sets.flatMap(({ screens = [], menu }) => [
    ...screens.flatMap(({ path, label, permission }) =>
      label !== null && permits(role, permission) ? [{ path, label, isScreen: true }] : [],
    ),
    ...(menu !== undefined && permits(role, menu.permission)
      ? [{ path: menu.path, label: menu.label, isScreen: false }]
      : []),
  ]);
}
