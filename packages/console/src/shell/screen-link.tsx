import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useBegun } from '../begin/begun.ts';

/** A link to a screen or page of the console; nothing where the operator's menu does not have it. */
export function ScreenLink({ href, children }: { href: string; children: ReactNode }) {
  const { Menu } = useBegun();
  const path = href.split('?')[0] ?? '';
  const entry = Menu.find(({ Path }) => path === Path || path.startsWith(`${Path}/`));
  if (entry === undefined) return null;
  return entry.IsScreen ? <Link href={href}>{children}</Link> : <a href={href}>{children}</a>;
}
