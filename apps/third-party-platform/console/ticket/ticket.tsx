import {
  Account,
  type AdviceItem,
  AdviceList,
  Answered,
  ChangeButton,
  Cinema,
  type Column,
  FilterBar,
  LetInAnyway,
  Nothing,
  named,
  Panel,
  RowsTable,
  ScreenPage,
  shownSecond,
  shownText,
  shownTime,
  useFilters,
  useMay,
  useWords,
  withQuery,
} from '@ticket-check/console';
import { Alert, Descriptions, Tag } from 'antd';
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
  readonly Entries: readonly Entry[];
  readonly HasMoreEntries: boolean;
};

type Sold = {
  readonly [name in 'FilmName' | 'ScreenName' | 'TicketType' | 'SellTime' | 'RefundTime']?: string;
} & {
  readonly RowNum: number | string;
  readonly ColumnNum: number | string;
  readonly Price: number | string;
  readonly Service: number | string;
  readonly CheckStatus?: string;
  readonly RefundStatus?: string;
};

type Entry = {
  readonly RecordId: string;
  readonly CheckTime: string;
  readonly ReceivedAt: string;
  readonly Username: string;
  readonly Gate?: string;
  readonly First: boolean;
  readonly State: string;
  readonly OverriddenVerdict?: string;
};

/** What is known of one ticket: as it was sold, its claim, its entries. */
export default function Ticket() {
  const t = useWords(WORDS);
  const { query } = useFilters();
  return (
    <ScreenPage title={t.title} about={t.about}>
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
  const { Ticket: ticket, Findings, National, Claim, PickUp, Entries, HasMoreEntries } = told;
  const mayUndo = useMay('entries.undo');
  const mayRelease = useMay('claims.release');
  const columns: readonly Column<Entry>[] = [
    {
      head: t.checkTime,
      cell: ({ CheckTime, First, RecordId, OverriddenVerdict }) => (
        <span title={RecordId}>
          {shownSecond(CheckTime)} {First ? <Tag color="blue">{t.first}</Tag> : null}
          <LetInAnyway verdict={OverriddenVerdict} />
        </span>
      ),
    },
    {
      head: t.terminal,
      cell: ({ Username, Gate }) => (
        <>
          <Account username={Username} /> <span className="quiet">{Gate}</span>
        </>
      ),
    },
    { head: t.received, cell: ({ ReceivedAt }) => shownSecond(ReceivedAt) },
    { head: t.state, cell: ({ State }) => named(t.states, State) },
  ];
  return (
    <>
      <Panel title={<code>{ticket.FilmTicketCode}</code>}>
        <p className="quiet">
          <Cinema code={ticket.CinemaCode} /> · {t.start} {shownTime(ticket.StartTime)}
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
          <Descriptions
            column={{ xs: 1, md: 2 }}
            items={[
              { label: t.claimedAt, children: shownSecond(Claim.ClaimedAt) },
              { label: t.terminal, children: <Account username={Claim.Username} /> },
              { label: t.gate, children: shownText(Claim.Gate) },
              { label: t.hasRecord, children: Claim.HasRecord ? t.came : t.missing },
            ]}
          />
        )}
        {Claim?.ReleasePath && mayRelease ? <a href={Claim.ReleasePath}>{t.release}</a> : null}
      </Panel>
      {PickUp === null ? null : (
        <Panel title={t.pickUp}>
          <p>{t.pickedUp(shownSecond(PickUp.PickedUpAt), PickUp.Username)}</p>
          {mayUndo ? (
            <ChangeButton
              label={t.undoPickUp}
              title={`${t.undoPickUp} ${ticket.FilmTicketCode}`}
              path="/pick-up/undo"
              body={ticket}
              hasPreview
              needsReason
              needsPassword
            />
          ) : null}
        </Panel>
      )}
      <Panel title={t.entries}>
        {Entries.length === 0 ? (
          <p className="quiet">{t.noEntries}</p>
        ) : (
          <RowsTable
            caption={t.entries}
            columns={columns}
            rows={Entries}
            rowKey={({ RecordId, CheckTime }) => `${RecordId} ${CheckTime}`}
          />
        )}
        {HasMoreEntries ? <p className="quiet">{t.more}</p> : null}
      </Panel>
    </>
  );
}

function SoldTicket({ sold }: { sold: Sold }) {
  const t = useWords(WORDS);
  const status = (value: string | undefined, of: 'checked' | 'refunded') =>
    value === undefined ? '–' : value === 'Yes' ? t.yes[of] : value === 'No' ? t.no[of] : t.notUnderstood(value);
  return (
    <Descriptions
      column={{ xs: 1, md: 2 }}
      items={[
        { label: t.film, children: shownText(sold.FilmName) },
        { label: t.screen, children: shownText(sold.ScreenName) },
        { label: t.seat, children: t.seatText(shownText(sold.RowNum), shownText(sold.ColumnNum)) },
        { label: t.price, children: t.priceText(shownText(sold.Price), shownText(sold.Service)) },
        { label: t.type, children: shownText(sold.TicketType) },
        { label: t.soldAt, children: shownTime(sold.SellTime || null) },
        { label: t.checked, children: status(sold.CheckStatus, 'checked') },
        {
          label: t.refunded,
          children: `${status(sold.RefundStatus, 'refunded')} ${sold.RefundTime ? shownTime(sold.RefundTime) : ''}`,
        },
      ]}
    />
  );
}
