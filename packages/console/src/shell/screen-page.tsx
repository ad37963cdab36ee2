import { Alert, Flex } from 'antd';
import { createContext, type ReactNode, use, useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useBegun } from '../begin/begun.ts';
import { Help } from './help.tsx';
import { type Place, usePlace } from './menu.tsx';

type Screen = {
  /** Says what became of a change. */
  say(text: string): void;
  /** Shows what a change made, before all else. */
  show(made: ReactNode): void;
  /** Opens a dialog, or closes it by null. It stays where live rows come, and the one that it is about goes. */
  open(dialog: ReactNode): void;
};

const ScreenContext = createContext<Screen>({ say() {}, show() {}, open() {} });

export const useScreen = () => use(ScreenContext);

/**
 * A screen with its title, which the browser's tab shows too, what it is about, and what can be done with the whole of it. Says
 * what became of the last change.
 */
export function ScreenPage({
  title: given,
  about,
  actions,
  children,
}: {
  title?: string;
  about?: string;
  actions?: ReactNode;
  children: ReactNode;
}) {
  const { Site, Environment } = useBegun();
  const place = usePlace();
  const title = given ?? place?.entry.Label ?? '';
  const [said, say] = useState('');
  const [made, show] = useState<ReactNode>(null);
  const [dialog, open] = useState<ReactNode>(null);
  useEffect(() => {
    document.title = [Environment, title, Site].filter(Boolean).join(' · ');
  }, [title, Site, Environment]);
  return (
    <ScreenContext value={{ say, show, open }}>
      {place === null ? null : <Crumbs title={title} place={place} />}
      <Flex className="screen-head" wrap align="center" justify="space-between" gap="small">
        <Flex align="center">
          <h1>{title}</h1>
          <Help page={place?.entry.Label ?? title} about={about} />
        </Flex>
        {actions === undefined ? null : <Actions>{actions}</Actions>}
      </Flex>
      {about === undefined ? null : <p className="quiet">{about}</p>}
      {said === '' ? null : (
        <output>
          <Alert role="none" type="info" title={said} />
        </output>
      )}
      {made}
      {children}
      {dialog}
    </ScreenContext>
  );
}

export const Actions = ({ children }: { children: ReactNode }) => (
  <Flex wrap gap="small">
    {children}
  </Flex>
);

/** The screen's group and entry of the menu; below an entry's own screen, a link back to it. */
function Crumbs({ title, place }: { title: string; place: Place }) {
  const [path] = useLocation();
  const isBelow = path !== place.entry.Path;
  return (
    <nav className="crumbs quiet" aria-label={place.group}>
      {place.group} / {isBelow ? <Link href={place.entry.Path}>{place.entry.Label}</Link> : place.entry.Label}
      {isBelow && title !== place.entry.Label ? ` / ${title}` : null}
    </nav>
  );
}

export function Panel({ title, actions, children }: { title?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="panel">
      {title === undefined && actions === undefined ? null : (
        <Flex className="panel-head" wrap align="center" justify="space-between" gap="small">
          <h2>{title}</h2>
          {actions}
        </Flex>
      )}
      {children}
    </section>
  );
}
