import {
  ChangeButton,
  Since,
  shownAgo,
  shownSpan,
  useLanguage,
  useSaid,
  useWords,
  verdictWords,
} from '@ticket-check/console';
import type { RefusalRow } from '../../src/journal/rows.ts';
import { Place } from './tickets.tsx';
import { WORDS } from './words.ts';

/** The earlier entry that a ticket was refused for, and how long ago it was. */
export function FirstEntry({ of }: { of: RefusalRow['First'] | undefined }) {
  const said = useSaid();
  const language = useLanguage();
  if (!of) return null;
  return (
    <div>
      {said(of.Words, of.WordsZh)} <span className="quiet">{shownAgo(of.CheckTime, language)}</span>
    </div>
  );
}

/** Why a ticket was refused: by whom it is held if no entry is recorded, else its verdict; and how it was shown. */
export function WhyRefused({
  Verdict,
  First,
  ETicketAgeSeconds,
}: Pick<RefusalRow, 'Verdict' | 'First' | 'ETicketAgeSeconds'>) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const said = useSaid();
  return (
    <>
      <strong>
        {First?.Held === undefined ? verdictWords(Verdict, language) : said(First.Held, First.HeldZh ?? '')}
      </strong>
      <FirstEntry of={First} />
      {ETicketAgeSeconds === null ? null : (
        <div className="quiet">
          {(ETicketAgeSeconds < 0 ? t.eTicketAhead : t.eTicket)(shownSpan(Math.abs(ETicketAgeSeconds), language))}
        </div>
      )}
    </>
  );
}

/** Leads to the page of the platform that releases the claim of another terminal. */
export function ClaimLink({ url }: { url: string | undefined }) {
  const t = useWords(WORDS);
  if (url === undefined) return null;
  return (
    <div>
      <a href={url} target="_blank" rel="noreferrer">
        {t.claim}
      </a>
    </div>
  );
}

export function OverrideButton({ refusal }: { refusal: RefusalRow }) {
  const { override: t, gate } = useWords(WORDS);
  const { RecordId, FilmTicketCode, Verdict, First, ScannedAt, Gate } = refusal;
  const isHeld = First?.Held !== undefined;
  return (
    <ChangeButton<{ Opened: boolean }>
      label={t.action}
      button={{ 'aria-label': `${t.action} ${FilmTicketCode}` }}
      about={FilmTicketCode}
      submit={t.submit}
      path="/entries/override"
      body={{ RecordId }}
      said={({ Opened }) => (Opened ? t.opened : t.notOpened)}
    >
      <p>{t.what}</p>
      <div>
        <WhyRefused {...refusal} />
      </div>
      <Place of={refusal} />
      <p className="quiet">
        <Since at={ScannedAt} exact /> {gate} {Gate}
      </p>
      {isHeld ? <p className="bad">{t.held}</p> : null}
      {!isHeld && (Verdict === 'ALREADY_ENTERED' || First !== null) ? <p className="bad">{t.again}</p> : null}
      <ClaimLink url={First?.ClaimUrl} />
      <ul>
        <li>{t.opens}</li>
        <li>{t.kept}</li>
      </ul>
      <p className="quiet">{t.hint}</p>
    </ChangeButton>
  );
}
