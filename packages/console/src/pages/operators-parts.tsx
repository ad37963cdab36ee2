import type { Issued, OperatorRow } from '@ticket-check/operators/rows';
import { useWords } from '../begin/begun.ts';
import { ChangeButton } from '../change/change-dialog.tsx';
import { ShownOnce } from '../change/shown-once.tsx';
import { Cinema } from '../look/names.tsx';
import { epochOf, shownTime } from '../look/shown.ts';
import { WORDS } from './operators-words.ts';

/** The cinemas that something is for. */
export function ShownCinemas({ codes }: { codes: readonly string[] }) {
  const t = useWords(WORDS);
  if (codes[0] === '*') return t.allCinemas;
  return codes.map((code) => (
    <div key={code}>
      <Cinema code={code} />
    </div>
  ));
}

export function OperatorState({ operator: { DisabledAt, OneTimeUntil } }: { operator: OperatorRow }) {
  const t = useWords(WORDS);
  if (DisabledAt !== null) return <span className="quiet">{t.disabled(shownTime(DisabledAt))}</span>;
  if (OneTimeUntil === null) return t.enabled;
  return epochOf(OneTimeUntil) < Date.now() ? t.oneTimeEnded : t.oneTime(shownTime(OneTimeUntil));
}

export function NewOperator({ done }: { done(issued: Issued): void }) {
  return <ChangeButton<Issued> button={{ type: 'primary' }} path="/operator/add" done={done} />;
}

/** Shows a one-time password this once. */
export function IssuedPassword({ issued, close }: { issued: Issued | null; close(): void }) {
  const t = useWords(WORDS);
  if (issued === null) return null;
  const { Username, OneTimePassword, ValidUntil } = issued;
  const text = t.issuedText(shownTime(ValidUntil));
  return <ShownOnce title={t.issued(Username)} text={text} secret={OneTimePassword} close={close} />;
}
