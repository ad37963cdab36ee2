import type { ReactNode } from 'react';

/** A number with what it is, in a list of class `figures`. */
export function Figure({
  head,
  state,
  note,
  small = false,
  children,
}: {
  head: string;
  state?: 'good' | 'warn' | 'bad' | undefined;
  /** What the number is beside, or what it means. */
  note?: string;
  small?: boolean;
  children: ReactNode;
}) {
  return (
    <div>
      <dt>{head}</dt>
      <dd className={state} style={small ? { fontSize: '1rem' } : undefined}>
        {children}
      </dd>
      {note === undefined ? null : <dd className="note quiet">{note}</dd>}
    </div>
  );
}
