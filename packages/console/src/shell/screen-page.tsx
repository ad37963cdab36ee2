import type { ReactNode } from 'react';
import { useEffect } from 'react';
import { useBegun } from '../begin/begun.ts';

/** A screen with its title, which the browser's tab shows too, and what can be done with the whole of it. */
export function ScreenPage({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const { Site } = useBegun();
  useEffect(() => {
    document.title = `${title} · ${Site}`;
  }, [title, Site]);
  return (
    <>
      <div className="screen-head">
        <h1>{title}</h1>
        {actions === undefined ? null : <div className="screen-actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}

/** A part of a screen. */
export function Panel({ title, actions, children }: { title?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="panel">
      {title === undefined && actions === undefined ? null : (
        <div className="panel-head">
          <h2>{title}</h2>
          {actions}
        </div>
      )}
      {children}
    </section>
  );
}
