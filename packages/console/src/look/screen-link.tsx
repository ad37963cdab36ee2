import { Button } from 'antd';
import type { ReactNode } from 'react';
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

/** A thing that leads to the first of some screens or pages that the operator's menu has; where it has none, only the thing. */
export function Linked({
  to,
  instead,
  ...link
}: {
  to: string | readonly string[];
  instead?: ReactNode;
  children: ReactNode;
  'aria-current'?: 'page' | undefined;
}) {
  const first = useFirst(to);
  if (first === null) return instead === undefined ? link.children : instead;
  // What the service renders itself is loaded as a document.
  return first.isScreen ? <Link href={first.to} {...link} /> : <a href={first.to} {...link} />;
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
