import type { ReactNode } from 'react';
import { Linked } from '../look/names.tsx';
import { shownCount } from '../look/shown.ts';
import { withQuery } from './use-filters.ts';

/** A number of check records, which leads to them: to the list of records with these filters. */
export function Behind({
  count,
  asked,
  children = shownCount(count),
}: {
  count: number;
  asked: Readonly<Record<string, string | undefined>>;
  children?: ReactNode;
}) {
  if (count === 0) return children;
  const filters = Object.entries(asked).map(([name, value = '']) => [name, value] as const);
  return <Linked to={withQuery('/records', Object.fromEntries(filters))}>{children}</Linked>;
}
