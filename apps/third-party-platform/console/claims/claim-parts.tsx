import { Account, ChangeButton, type Column, Session, Since, Ticket, useMay, useWords } from '@ticket-check/console';
import type { ClaimRow } from '../../src/claims/claim-row.ts';
import { WORDS } from './words.ts';

/** What is shown of each claim, and what may be done about it. */
export function useClaimColumns(): readonly Column<ClaimRow>[] {
  const t = useWords(WORDS);
  const mayRelease = useMay('claims.release');
  const { columns } = t;
  return [
    { head: columns.ticket, cell: (claim) => <Ticket of={claim} /> },
    { head: columns.session, cell: (claim) => <Session of={claim} /> },
    { head: columns.gate, cell: ({ Gate }) => (Gate === '' ? t.unknownGate : Gate) },
    {
      head: columns.account,
      cell: ({ Username }) => <Account username={Username} />,
    },
    { head: columns.since, cell: ({ ClaimedAt }) => <Since at={ClaimedAt} /> },
    ...(mayRelease ? [{ head: columns.action, cell: (claim: ClaimRow) => <ReleaseButton claim={claim} /> }] : []),
  ];
}

function ReleaseButton({ claim }: { claim: ClaimRow }) {
  const t = useWords(WORDS);
  const { CinemaCode, FilmTicketCode, StartTime, RecordId } = claim;
  return (
    <ChangeButton
      label={t.release}
      title={`${t.releaseOne} ${FilmTicketCode}`}
      path="/claims/release"
      body={{ CinemaCode, FilmTicketCode, StartTime, RecordId }}
      needsReason
      reasonLabel={t.reason}
      needsPassword
      destroys
      said={() => t.released}
    >
      <ul>
        {Object.values(t.consequences).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </ChangeButton>
  );
}
