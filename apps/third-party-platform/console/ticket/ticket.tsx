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
  inEachLanguage,
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

const WORDS = inEachLanguage({
  about: [
    '扫描或输入二维码、电子影票、电影票编码或记录编号。今天没有检过的电影票编码，还需影院编码和场次时间。',
    'Scan or enter a QR code, an e-ticket, a film ticket code or a RecordId. A film ticket code that was not checked today needs its cinema and session too.',
  ],
  inHand: ['二维码、票号或记录编号', 'QR code, ticket number or RecordId'],
  start: ['场次时间', 'Start of the session'],
  none: ['请输入要查询的影票', 'Which ticket?'],
  noneText: ['查询结果的网址可以发给同事。', 'The address of what you find can be sent to a colleague.'],
  fine: ['没有发现异常', 'Nothing stands out'],
  sold: ['售票信息（国家平台）', 'As it was sold (national platform)'],
  notHeard: ({ Message, MessageZh }: { Message: string; MessageZh: string }) => [
    `国家平台未答复（${MessageZh}）。以下仅为本平台所知，稍后可再查询。`,
    `The national platform did not answer (${Message}). What follows is known here; ask again later.`,
  ],
  unknown: ['国家平台查无此票', 'The national platform does not know it'],
  claim: ['占票', 'Claim'],
  noClaim: ['没有占票：任何检票口都可以让观众入场。', 'It is not claimed: any gate may let a guest in with it.'],
  hasRecord: ['入场记录', 'Record of the entry'],
  came: ['已收到', 'has come'],
  missing: ['尚未收到', 'has not come yet'],
  release: ['归还占票', 'Release the claim'],
  pickUp: ['取票', 'Picked up on paper'],
  pickedUp: (account: string) => [
    `已取纸质票（售票账号 ${account}）。凭纸质票入场，电子影票不再显示二维码。`,
    `picked up on paper (selling account ${account}). The paper ticket admits; the e-ticket shows no code.`,
  ],
  undoPickUp: ['撤销取票', 'Undo the pick-up'],
  entries: ['入场记录（本平台）', 'Entries (this platform)'],
  problems: {
    'bad-code': {
      title: ['无法识别的二维码', 'That is no genuine ticket'],
      text: [
        '不是由该影院的 Ukey 生成，或者公钥尚未收到。请重新扫描。',
        'It was not made with a Ukey of this cinema, or the key has not come yet. Scan it again.',
      ],
    },
    'cinema-not-served': {
      title: ['本平台不服务该影院', 'This platform does not serve the cinema'],
      text: ['请核对影院编码。', 'Is its code right?'],
    },
    'no-ticket': {
      title: ['无法识别输入的内容', 'That was not recognised'],
      text: [
        '请输入完整的二维码内容、电子影票链接、电影票编码（最多 16 位）或记录编号。',
        'Enter a whole QR code, the link of an e-ticket, a film ticket code (at most 16 characters) or a RecordId.',
      ],
    },
    'no-ticket-found': {
      title: ['没有找到', 'Not found'],
      text: ['本平台没有这张电子影票或这条检票记录。', 'This platform has no such e-ticket or check record.'],
    },
    'which-session': {
      title: ['今天没有检过此编码的影票，或者有多张', 'No ticket of this code was checked today, or several were'],
      text: ['请补充影院编码和场次时间后再查询。', 'Enter its cinema code and the start of its session too.'],
    },
  },
});

/** What `/ticket.json` tells. */
type TicketReply = {
  readonly Ticket: Readonly<Record<'CinemaCode' | 'FilmTicketCode' | 'StartTime', string>>;
  readonly Findings: readonly AdviceItem[];
  readonly National:
    | { readonly Heard: false; readonly Message: string; readonly MessageZh: string }
    | { readonly Heard: true; readonly Known: false }
    | { readonly Heard: true; readonly Known: true; readonly Ticket: Sold };
  /** `ClaimPath`: where the claim is released; null once its record has come. */
  readonly Claim:
    | (Readonly<Record<'CheckTime' | 'Gate' | 'Username' | 'ClaimedAt', string>> & {
        readonly HasRecord: boolean;
        readonly ClaimPath: string | null;
      })
    | null;
  readonly PickUp: { readonly PickedUpAt: string; readonly Username: string } | null;
  readonly Entries: readonly TicketEntry[];
  readonly HasMoreEntries: boolean;
};

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
            { name: 'start', label: t.start, kind: 'time' },
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
        {Claim?.ClaimPath && mayRelease ? <a href={Claim.ClaimPath}>{t.release}</a> : null}
      </Panel>
      {PickUp === null ? null : (
        <Panel title={t.pickUp}>
          <p>
            <Since at={PickUp.PickedUpAt} exact /> {t.pickedUp(PickUp.Username)}
          </p>
          <ChangeButton label={t.undoPickUp} about={ticket.FilmTicketCode} path="/pick-up/undo" body={ticket} />
        </Panel>
      )}
      <Panel title={t.entries}>
        <TicketEntries entries={Entries} hasMore={HasMoreEntries} />
      </Panel>
    </>
  );
}
