import {
  Account,
  ChangeButton,
  type Column,
  ListScreen,
  Session,
  Since,
  Ticket,
  useMay,
  useWords,
} from '@ticket-check/console';
import type { ClaimRow } from '../../src/claims/claim-row.ts';
import { WORDS } from './words.ts';

/** Claims whose check record has not come, and releasing one. A terminal that is kept from a ticket by one leads here. */
export default function Claims() {
  const t = useWords(WORDS);
  const mayRelease = useMay('claims.release');
  const { columns } = t;
  return (
    <ListScreen<ClaimRow>
      title={t.title}
      about={t.about}
      fields={[{ name: 'q', label: t.search, kind: 'text' }]}
      path="/claims"
      name="Claims"
      isLive
      columns={[
        { head: columns.ticket, cell: (claim) => <Ticket of={claim} /> },
        { head: columns.session, cell: (claim) => <Session of={claim} /> },
        { head: columns.gate, cell: ({ Gate }) => (Gate === '' ? t.unknownGate : Gate) },
        { head: columns.account, cell: ({ Username }) => <Account username={Username} /> },
        { head: columns.since, cell: ({ ClaimedAt }) => <Since at={ClaimedAt} /> },
        ...(mayRelease
          ? [{ head: columns.action, cell: (claim) => <ReleaseButton claim={claim} /> } satisfies Column<ClaimRow>]
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
      title={`${t.releaseOne} ${FilmTicketCode}`}
      path="/claims/release"
      body={{ CinemaCode, FilmTicketCode, StartTime, RecordId }}
      hasPreview
      needsReason
      reasonLabel={t.reason}
      needsPassword
      destroys
      said={() => t.released}
    />
  );
}
