import type { ReactNode } from 'react';
import { Linked } from '../look/names.tsx';
import { shownCount } from '../look/shown.ts';
import { withQuery } from './use-filters.ts';

/** A number, of check records mostly, which leads to what it counts: to the list with these filters. */
export function Behind({
  count,
  asked,
  on = '/records',
  children = shownCount(count),
}: {
  count: number;
  asked: Readonly<Record<string, string | undefined>>;
  on?: string;
  children?: ReactNode;
}) {
  if (count === 0) return children;
  const filters = Object.entries(asked).map(([name, value = '']) => [name, value] as const);
  return <Linked to={withQuery(on, Object.fromEntries(filters))}>{children}</Linked>;
}
