import {
  Account,
  ChangeButton,
  type Column,
  ListScreen,
  useElementName,
  useMay,
  useWords,
} from '@ticket-check/console';
import type { ClaimRow } from '../../src/claims/claim-row.ts';
import { WORDS } from './words.ts';

/** Claims whose check record has not come, and releasing one. A terminal that is kept from a ticket by one leads here. */
export default function Claims() {
  const t = useWords(WORDS);
  const mayRelease = useMay('claims.release');
  const nameOf = useElementName();
  return (
    <ListScreen<ClaimRow>
      about={t.about}
      fields={[{ name: 'q', label: t.search, kind: 'text' }]}
      columns={[
        'FilmTicketCode',
        'Session',
        'Gate',
        { head: nameOf('Account'), cell: ({ Username }) => <Account username={Username} /> },
        'ClaimedAt',
        ...(mayRelease
          ? [{ head: t.action, cell: (claim) => <ReleaseButton claim={claim} /> } satisfies Column<ClaimRow>]
          : []),
      ]}
      rowKey={({ RecordId, FilmTicketCode }) => `${RecordId} ${FilmTicketCode}`}
      none={t.none}
    />
  );
}

function ReleaseButton({ claim: { CinemaCode, FilmTicketCode, StartTime, RecordId } }: { claim: ClaimRow }) {
  const t = useWords(WORDS);
  return (
    <ChangeButton
      label={t.release}
      about={FilmTicketCode}
      path="/claims/release"
      body={{ CinemaCode, FilmTicketCode, StartTime, RecordId }}
      reasonLabel={t.reason}
      said={() => t.released}
    />
  );
}
