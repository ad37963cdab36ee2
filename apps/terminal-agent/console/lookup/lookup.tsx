import {
  Answered,
  Element,
  Facts,
  FilterBar,
  inEachLanguage,
  Nothing,
  Panel,
  ScreenPage,
  Since,
  useFilters,
  useSaid,
  useWords,
  withQuery,
} from '@ticket-check/console';
import { useEffect } from 'react';
import type { ScanAnswer } from '../../src/admission/scan-answer.ts';
import type { ScanRow } from '../../src/journal/rows.ts';
import { ClaimLink, OverrideButton } from '../door/override-button.tsx';
import { ScansTable } from '../door/scans-table.tsx';

const WORDS = inEachLanguage({
  about: [
    '扫描或输入二维码、电子影票、电影票编码或记录编号，查看这张票的情况，以及它在本终端的扫描记录。只查看，不检票。',
    'Scan or enter a QR code, an e-ticket, a film ticket code or a RecordId to see what is known of the ticket and how it was scanned at this terminal. Nothing is checked.',
  ],
  ticket: ['二维码、电影票编码或记录编号', 'QR code, film ticket code or RecordId'],
  first: ['首次入场', 'First entry'],
  looked: ['现在扫码会得到（仅查看，未检票）：', 'A scan would be answered now (nothing was checked): '],
  none: ['本终端没有扫描过这张票', 'This terminal has not scanned this ticket'],
  noneText: ['其他检票口的情况请在平台控制台查询。', 'Scans at other doors are on the console of the platform.'],
  unread: ['无法识别', 'Not recognised'],
  unreadText: [
    '二维码不完整，或不是由已知公钥的影院生成。请重新扫描，或输入电影票编码。',
    'The code is incomplete, or no known key of its cinema opens it. Scan it again, or enter the film ticket code.',
  ],
});

/** What a scan of the ticket would be answered, with its session and seat. */
function LookedAt({ look }: { look: ScanAnswer }) {
  const t = useWords(WORDS);
  const said = useSaid();
  const { Verdict, Message, MessageZh, FirstEntry: first, StartTime } = look;
  return (
    <div role="status">
      {t.looked}
      <strong className={Verdict === 'ADMIT' ? 'good' : 'bad'}>{said(Message, MessageZh)}</strong>
      <Facts
        of={look}
        show={[
          ...(first === undefined ? [] : [[t.first, <First key="first" of={first} />] as const]),
          ...(StartTime === undefined ? [] : (['StartTime', 'ScreenName', 'FilmName', 'Seat'] as const)),
        ]}
      />
    </div>
  );
}

const First = ({ of: { CheckTime, Terminal, Gate } }: { of: NonNullable<ScanAnswer['FirstEntry']> }) => (
  <>
    <Since at={CheckTime} exact /> {Terminal} <Element of={{ Gate }} name="Gate" />
  </>
);

/** What is known of the ticket that somebody has in hand, how it was scanned here, and what can be done about it. */
export default function Lookup() {
  const t = useWords(WORDS);
  const { of, query } = useFilters();
  // A scanner that types finds the field ready, and its next code replaces the last one.
  useEffect(() => document.querySelector<HTMLInputElement>('#filter_ticket')?.select(), [query]);
  const actions = {
    cell: ({ First, Refusal }: ScanRow) => (
      <>
        {Refusal === undefined ? null : <OverrideButton refusal={Refusal} />}
        <ClaimLink url={First?.ClaimUrl} />
      </>
    ),
  };
  return (
    <ScreenPage about={t.about}>
      <Panel>
        <FilterBar fields={[{ name: 'ticket', label: t.ticket, kind: 'text' }]} />
        {of('ticket') === '' ? null : (
          <Answered<{ Scans: readonly ScanRow[]; Read: boolean; Look?: ScanAnswer | null }>
            path={withQuery('/lookup.json', query)}
          >
            {({ Scans, Read, Look = null }) => (
              <>
                {Look === null ? null : <LookedAt look={Look} />}
                {Scans.length > 0 ? (
                  <ScansTable caption={t.ticket} scans={Scans} more={[actions]} />
                ) : Read ? (
                  <Nothing title={t.none} text={t.noneText} />
                ) : (
                  <Nothing title={t.unread} text={t.unreadText} />
                )}
              </>
            )}
          </Answered>
        )}
      </Panel>
    </ScreenPage>
  );
}
