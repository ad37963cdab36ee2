import { ChangeButton, useWords } from '@ticket-check/console';
import { WORDS } from './words.ts';

/** Undoes an admission whose guest did not go in; `unpassed` where the sensor of the gate saw nobody. */
export function UndoButton({
  entry,
  unpassed = false,
  label,
}: {
  entry: { readonly RecordId: string; readonly FilmTicketCode: string };
  unpassed?: boolean;
  label?: string;
}) {
  const { undo: t } = useWords(WORDS);
  return (
    <ChangeButton
      label={label ?? t.action}
      button={{ 'aria-label': `${t.action} ${entry.FilmTicketCode}` }}
      about={entry.FilmTicketCode}
      submit={t.submit}
      path="/entries/undo"
      body={{ RecordId: entry.RecordId, ...(unpassed && { Unpassed: true }) }}
      said={() => t.done}
    >
      <p>{unpassed ? t.whatUnpassed : t.what}</p>
      <p>{t.stays}</p>
      <p className="quiet">{t.hint}</p>
    </ChangeButton>
  );
}
