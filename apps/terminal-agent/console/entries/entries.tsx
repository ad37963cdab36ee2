import { inEachLanguage, ListScreen, ScreenButton, useWords } from '@ticket-check/console';
import type { EntryRow } from '../../src/check-records/ticket-row.ts';
import { ticketColumns } from '../door/tickets.tsx';
import { UndoButton } from '../door/undo-button.tsx';

const WORDS = inEachLanguage({
  about: [
    '本终端最近放行的观众。放行后并未进场的，由值班经理在此撤销。',
    'The guests that this terminal admitted last. A supervisor can undo an entry here if the guest did not go in.',
  ],
  none: ['本终端没有有效的入场', 'This terminal has no entries'],
  kiosk: ['打开检票页面', 'Open the kiosk page'],
});

export default function Entries() {
  const t = useWords(WORDS);
  return (
    <ListScreen<EntryRow>
      words={t}
      columns={[...ticketColumns<EntryRow>('CheckTime'), { cell: (entry) => <UndoButton entry={entry} /> }]}
      rowKey={({ RecordId }) => RecordId}
      noneNext={<ScreenButton href="/kiosk">{t.kiosk}</ScreenButton>}
    />
  );
}
