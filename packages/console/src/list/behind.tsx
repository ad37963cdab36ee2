import type { ReactNode } from 'react';
import { Linked } from '../look/screen-link.tsx';
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
  return <Linked to={withQuery(on, asked)}>{children}</Linked>;
}
