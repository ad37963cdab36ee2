import {
  Answered,
  FilterBar,
  inEachLanguage,
  Nothing,
  Panel,
  ScreenPage,
  useFilters,
  useMay,
  useWords,
  withQuery,
} from '@ticket-check/console';
import type { ScanRow } from '../../src/journal/scan-row.ts';
import { ClaimLink, OverrideButton } from '../door/override-button.tsx';
import { ScansTable } from '../door/scans-table.tsx';
import { WORDS as DOOR } from '../door/words.ts';

const WORDS = inEachLanguage({
  title: ['查票', 'Look up a ticket'],
  about: [
    '扫描或输入二维码、电子影票、电影票编码或记录编号，查看这张票在本终端的扫描情况。',
    'Scan or enter a QR code, an e-ticket, a film ticket code or a RecordId to see how the ticket was scanned at this terminal.',
  ],
  ticket: ['二维码、电影票编码或记录编号', 'QR code, film ticket code or RecordId'],
  none: ['本终端没有扫描过这张票', 'This terminal has not scanned this ticket'],
  noneText: ['其他检票口的情况请在平台控制台查询。', 'Scans at other doors are on the console of the platform.'],
  unread: ['无法识别', 'Not recognised'],
  unreadText: [
    '二维码不完整，或不是由已知公钥的影院生成。请重新扫描，或输入电影票编码。',
    'The code is incomplete, or no known key of its cinema opens it. Scan it again, or enter the film ticket code.',
  ],
});

/** How the ticket that somebody has in hand was scanned here, and what can be done about it. */
export default function Lookup() {
  const t = useWords(WORDS);
  const { todo } = useWords(DOOR);
  const mayOverride = useMay('entries.override');
  const { of, query } = useFilters();
  const actions = {
    head: todo,
    cell: ({ First, Refusal }: ScanRow) => (
      <>
        {mayOverride && Refusal !== undefined ? <OverrideButton refusal={Refusal} /> : null}
        <ClaimLink url={First?.ClaimUrl} />
      </>
    ),
  };
  return (
    <ScreenPage title={t.title} about={t.about}>
      <Panel>
        <FilterBar fields={[{ name: 'ticket', label: t.ticket, kind: 'text' }]} />
        {of('ticket') === '' ? null : (
          <Answered<{ Scans: readonly ScanRow[]; Read: boolean }> path={withQuery('/lookup.json', query)}>
            {({ Scans, Read }) =>
              Scans.length > 0 ? (
                <ScansTable caption={t.title} scans={Scans} more={[actions]} />
              ) : Read ? (
                <Nothing title={t.none} text={t.noneText} />
              ) : (
                <Nothing title={t.unread} text={t.unreadText} />
              )
            }
          </Answered>
        )}
      </Panel>
    </ScreenPage>
  );
}
