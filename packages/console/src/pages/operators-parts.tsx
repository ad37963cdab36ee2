import type { Issued, OperatorRow, SessionRow } from '@ticket-check/operators/rows';
import type { ReactNode } from 'react';
import { useWords } from '../begin/begun.ts';
import { ShownOnce } from '../change/shown-once.tsx';
import { type Column, RowsTable } from '../list/list-table.tsx';
import { epochOf } from '../look/shown.ts';
import { useSince } from '../look/since.tsx';
import { WORDS } from './operators-words.ts';

/** Where somebody is logged in, and what ends each of these sessions. */
export function SessionsTable({ sessions, end }: { sessions: readonly SessionRow[]; end(session: string): ReactNode }) {
  const t = useWords(WORDS);
  const columns: readonly Column<SessionRow>[] = [
    ...(['BeganAt', 'Address', 'SeenAt'] as const),
    { head: t.action, cell: ({ Session }) => end(Session) },
  ];
  return <RowsTable caption={t.sessions} columns={columns} rows={sessions} rowKey={({ Session }) => Session} />;
}

export function OperatorState({ operator: { DisabledAt, OneTimeUntil } }: { operator: OperatorRow }) {
  const t = useWords(WORDS);
  const since = useSince();
  if (DisabledAt !== null) return <span className="quiet">{t.disabled(since(DisabledAt))}</span>;
  if (OneTimeUntil === null) return t.enabled;
  return epochOf(OneTimeUntil) < Date.now() ? t.oneTimeEnded : t.oneTime(since(OneTimeUntil));
}

export function IssuedPassword({ issued, close }: { issued: Issued | null; close(): void }) {
  const t = useWords(WORDS);
  const since = useSince();
  if (issued === null) return null;
  const { Username, OneTimePassword, ValidUntil } = issued;
  const text = t.issuedText(since(ValidUntil));
  return <ShownOnce title={t.issued(Username)} text={text} secret={OneTimePassword} close={close} />;
}
