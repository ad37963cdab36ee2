import type { ReactNode } from 'react';

/** Says that there is nothing, why that may be, and what to do next. */
export function Nothing({ title, text, children }: { title: string; text?: string; children?: ReactNode }) {
  return (
    <div className="nothing">
      <p className="nothing-title">{title}</p>
      {text === undefined ? null : <p className="quiet">{text}</p>}
      {children}
    </div>
  );
}
