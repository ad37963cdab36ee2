import { Account, ChangeButton, inEachLanguage, ListScreen, ScreenButton, useWords } from '@ticket-check/console';
import type { ClaimRow } from '../../src/claims/claim-row.ts';

const WORDS = inEachLanguage({
  about: [
    '终端在放行前先占用影票；检票记录上报后，占用自动结束。下面列出检票记录尚未到达的占票，最早的在前。只有在终端无法自行归还、观众因此被拦住时，才需要在这里归还。',
    'A terminal claims a ticket before it lets the guest in; the claim is settled when the check record arrives. These are the claims whose check record has not arrived, oldest first. Release one here only where its terminal cannot give it back and a guest is held up by it.',
  ],
  search: ['二维码、电影票编码、记录编号或终端账号', 'QR code, film ticket code, RecordId or account'],
  none: ['没有未归还的占票', 'No claim is open'],
  noneText: [
    '观众因占票被拦住时，请在“影票查询”中查询这张票。',
    'Where a guest is refused all the same, look the ticket up.',
  ],
  lookUp: ['查询影票', 'Look up a ticket'],
  release: ['归还', 'Release'],
  reason: ['归还原因', 'Reason'],
  released: [
    '占票已归还。这张影票可以再次检票，之后的占用标记为“未确认”。',
    'The claim is released. The ticket can be claimed again; later claims on it are unconfirmed.',
  ],
});

/** Claims whose check record has not come, and releasing one. A terminal that is kept from a ticket by one leads here. */
export default function Claims() {
  const t = useWords(WORDS);
  return (
    <ListScreen<ClaimRow>
      words={t}
      fields={[{ name: 'q', label: t.search, kind: 'text' }]}
      columns={[
        'FilmTicketCode',
        'Session',
        'Gate',
        { of: 'Account', cell: ({ Username }) => <Account username={Username} /> },
        'ClaimedAt',
        {
          may: 'claims.release',
          cell: ({ CinemaCode, FilmTicketCode, StartTime, RecordId }) => (
            <ChangeButton
              label={t.release}
              about={FilmTicketCode}
              path="/claims/release"
              body={{ CinemaCode, FilmTicketCode, StartTime, RecordId }}
              reasonLabel={t.reason}
              said={() => t.released}
            />
          ),
        },
      ]}
      rowKey={({ RecordId, FilmTicketCode }) => `${RecordId} ${FilmTicketCode}`}
      noneNext={<ScreenButton href="/ticket">{t.lookUp}</ScreenButton>}
    />
  );
}
