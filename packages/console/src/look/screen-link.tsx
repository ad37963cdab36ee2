import { Button } from 'antd';
import { createContext, type ReactNode, use } from 'react';
import { Link, useLocation } from 'wouter';
import { useBegun } from '../begin/begun.ts';

/** The first of some screens or pages that the operator's menu has. */
function useFirst(href: string | readonly string[]) {
  const { Menu } = useBegun();
  for (const to of [href].flat()) {
    const path = to.split('?')[0] ?? '';
    const entry = Menu.find(({ Path }) => path === Path || path.startsWith(`${Path}/`));
    if (entry !== undefined) return { to, isScreen: entry.IsScreen };
  }
  return null;
}

const IsWithinLink = createContext(false);

/**
 * A thing that leads to the first of some screens or pages that the operator's menu has; where it has none, and within another link,
 * only the thing.
 */
export function Linked({
  to,
  children,
  instead = children,
  ...link
}: {
  to: string | readonly string[];
  children: ReactNode;
  instead?: ReactNode;
  'aria-current'?: 'page' | undefined;
}) {
  const first = useFirst(to);
  if (use(IsWithinLink)) return children;
  if (first === null) return instead;
  // What the service renders itself is loaded as a document.
  const Tag = first.isScreen ? Link : 'a';
  return (
    <Tag href={first.to} {...link}>
      <IsWithinLink value>{children}</IsWithinLink>
    </Tag>
  );
}

/** A link that is shown only to those whose menu has the screen. */
export const ScreenLink = ({ href, children }: { href: string; children: ReactNode }) => (
  <Linked to={href} instead={null}>
    {children}
  </Linked>
);

/** The same as a button: what is to be done next. */
export function ScreenButton({ href, children }: { href: string; children: ReactNode }) {
  const [, goTo] = useLocation();
  const first = useFirst(href);
  if (first === null) return null;
  return (
    <Button
      type="primary"
      href={href}
      onClick={(event) => {
        if (!first.isScreen) return;
        event.preventDefault();
        goTo(href);
      }}
    >
      {children}
    </Button>
  );
}
