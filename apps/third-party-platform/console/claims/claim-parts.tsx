import { ChangeButton, type Column, epochOf, shownTime, useMay, useWords } from '@ticket-check/console';
import type { ClaimRow } from '../../src/claims/claim-row.ts';
import { WORDS } from './words.ts';

/** What is shown of each claim, and what may be done about it. */
export function useClaimColumns(): readonly Column<ClaimRow>[] {
  const t = useWords(WORDS);
  const mayRelease = useMay('claims.release');
  const { columns } = t;
  const minutesSince = (time: string) => Math.max(0, Math.floor((Date.now() - epochOf(time)) / 60_000));
  return [
    { head: columns.ticket, cell: ({ FilmTicketCode }) => <code>{FilmTicketCode}</code> },
    {
      head: columns.session,
      cell: ({ StartTime, CinemaCode }) => (
        <>
          {shownTime(StartTime)} <div className="quiet">{CinemaCode}</div>
        </>
      ),
    },
    { head: columns.gate, cell: ({ Gate }) => (Gate === '' ? t.unknownGate : Gate) },
    {
      head: columns.account,
      cell: ({ Username, DisplayName }) => (DisplayName === undefined ? Username : `${DisplayName} · ${Username}`),
    },
    {
      head: columns.since,
      cell: ({ ClaimedAt }) => (
        <>
          {shownTime(ClaimedAt)} <span className="quiet">{t.ago(minutesSince(ClaimedAt))}</span>
        </>
      ),
    },
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
