import type { TicketEntry } from '@ticket-check/admin/rows';
import {
  Account,
  type AdviceItem,
  AdviceList,
  Answered,
  ChangeButton,
  Cinema,
  Facts,
  FilterBar,
  Nothing,
  Panel,
  ScreenPage,
  Since,
  type Sold,
  SoldTicket,
  TicketEntries,
  useElementName,
  useFilters,
  useMay,
  useWords,
  withQuery,
} from '@ticket-check/console';
import { Alert } from 'antd';
import { WORDS } from './words.ts';

/** What `/ticket.json` tells. */
type TicketReply = {
  readonly Ticket: { readonly CinemaCode: string; readonly FilmTicketCode: string; readonly StartTime: string };
  readonly Findings: readonly AdviceItem[];
  readonly National:
    | { readonly Heard: false; readonly Message: string; readonly MessageZh: string }
    | { readonly Heard: true; readonly Known: false }
    | { readonly Heard: true; readonly Known: true; readonly Ticket: Sold };
  readonly Claim: {
    readonly CheckTime: string;
    readonly Gate: string;
    readonly Username: string;
    readonly ClaimedAt: string;
    readonly HasRecord: boolean;
    /** Where the claim is released; null once its record has come. */
    readonly ReleasePath: string | null;
  } | null;
  readonly PickUp: { readonly PickedUpAt: string; readonly Username: string } | null;
  readonly Entries: readonly TicketEntry[];
  readonly HasMoreEntries: boolean;
};

/** What is known of one ticket: as it was sold, its claim, its entries. */
export default function Ticket() {
  const t = useWords(WORDS);
  const { query } = useFilters();
  return (
    <ScreenPage about={t.about}>
      <Panel>
        <FilterBar
          fields={[
            { name: 'ticket', label: t.inHand, kind: 'text' },
            { name: 'cinema', kind: 'pick', of: 'cinema' },
            { name: 'start', label: t.start, kind: 'text', hint: t.startHint },
          ]}
        />
        {query === '' ? <Nothing title={t.none} text={t.noneText} /> : null}
      </Panel>
      {query === '' ? null : (
        <Answered<TicketReply> path={withQuery('/ticket.json', query)} words={t.problems}>
          {(told) => <TicketFound told={told} />}
        </Answered>
      )}
    </ScreenPage>
  );
}

function TicketFound({ told }: { told: TicketReply }) {
  const t = useWords(WORDS);
  const nameOf = useElementName();
  const { Ticket: ticket, Findings, National, Claim, PickUp, Entries, HasMoreEntries } = told;
  const mayUndo = useMay('entries.undo');
  const mayRelease = useMay('claims.release');
  return (
    <>
      <Panel title={<code>{ticket.FilmTicketCode}</code>}>
        <p className="quiet">
          <Cinema code={ticket.CinemaCode} /> · {t.start} <Since at={ticket.StartTime} />
        </p>
        <AdviceList advice={Findings} fine={t.fine} />
      </Panel>
      <Panel title={t.sold}>
        {!National.Heard ? <Alert type="info" title={t.notHeard(National)} /> : null}
        {National.Heard && !National.Known ? <p>{t.unknown}</p> : null}
        {National.Heard && National.Known ? <SoldTicket sold={National.Ticket} /> : null}
      </Panel>
      <Panel title={t.claim}>
        {Claim === null ? (
          <p className="quiet">{t.noClaim}</p>
        ) : (
          <Facts
            of={Claim}
            show={[
              'ClaimedAt',
              [nameOf('Account'), <Account key="account" username={Claim.Username} />],
              'Gate',
              [t.hasRecord, Claim.HasRecord ? t.came : t.missing],
            ]}
          />
        )}
        {Claim?.ReleasePath && mayRelease ? <a href={Claim.ReleasePath}>{t.release}</a> : null}
      </Panel>
      {PickUp === null ? null : (
        <Panel title={t.pickUp}>
          <p>
            <Since at={PickUp.PickedUpAt} exact /> {t.pickedUp(PickUp.Username)}
          </p>
          {mayUndo ? (
            <ChangeButton label={t.undoPickUp} about={ticket.FilmTicketCode} path="/pick-up/undo" body={ticket} />
          ) : null}
        </Panel>
      )}
      <Panel title={t.entries}>
        <TicketEntries entries={Entries} hasMore={HasMoreEntries} />
      </Panel>
    </>
  );
}
