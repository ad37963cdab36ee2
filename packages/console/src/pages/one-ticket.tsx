import type { TicketEntry } from '@ticket-check/admin/rows';
import { Descriptions, Tag } from 'antd';
import { inEachLanguage, named, useBegun, useWords } from '../begin/begun.ts';
import { type Column, RowsTable } from '../list/list-table.tsx';
import { LetInAnyway } from '../look/code-words.tsx';
import { Account } from '../look/names.tsx';
import { shownSecond, shownText, shownTime } from '../look/shown.ts';

const WORDS = inEachLanguage({
  film: ['影片', 'Film'],
  screen: ['影厅', 'Screen'],
  seat: ['座位', 'Seat'],
  seatText: (row: string, column: string) => [`${row} 排 ${column} 座`, `row ${row}, seat ${column}`],
  price: ['票价', 'Price'],
  priceText: (price: string, service: string) => [
    `${price} 元，服务费 ${service} 元`,
    `${price} yuan, service ${service} yuan`,
  ],
  type: ['售票方式', 'Sold'],
  soldAt: ['售出时间', 'Sold at'],
  checked: ['检票状态', 'Entered'],
  refunded: ['退票状态', 'Refunded'],
  yes: { checked: ['已检票', 'yes'], refunded: ['已退票', 'yes'] },
  no: { checked: ['未检票', 'no'], refunded: ['未退票', 'no'] },
  notUnderstood: (word: string) => [
    `未知：国家平台的答复“${word}”无法识别`,
    `unknown: the national platform answered “${word}”, which is not understood`,
  ],
  entries: ['入场记录', 'Entries'],
  none: ['没有该影票的入场记录。', 'There is no entry of it here.'],
  more: ['只显示最早的 50 条。', 'The first 50 are shown.'],
  checkTime: ['检票时间', 'Checked at'],
  first: ['首次入场', 'first entry'],
  by: { gate: ['账号', 'Account'], terminal: ['终端账号', 'Terminal'], platform: ['检票平台', 'Platform'] },
  received: ['收到时间', 'Received at'],
  state: ['上报情况', 'On its way'],
  states: {
    DELIVERED: ['国家平台已接收', 'the national platform has it'],
    WAITING: ['等待上报', 'waits to be sent'],
    PARKED: ['被国家平台拒收，稍后重试', 'refused above, sent again later'],
  },
});

/** A ticket as GetTicketInfo answers it. */
export type Sold = {
  readonly [name in
    | 'FilmName'
    | 'ScreenName'
    | 'TicketType'
    | 'SellTime'
    | 'RefundTime'
    | 'CheckStatus'
    | 'RefundStatus']?: string;
} & { readonly [name in 'RowNum' | 'ColumnNum' | 'Price' | 'Service']: number | string };

/** A ticket as it was sold. */
export function SoldTicket({ sold }: { sold: Sold }) {
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

/** The entries of a ticket, the first one first. */
export function TicketEntries({ entries, hasMore }: { entries: readonly TicketEntry[]; hasMore: boolean }) {
  const t = useWords(WORDS);
  const { checkedBy, areSentOn } = useBegun();
  if (entries.length === 0) return <p className="quiet">{t.none}</p>;
  const columns: readonly Column<TicketEntry>[] = [
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
      head: t.by[checkedBy],
      cell: ({ Username, Gate }) => (
        <>
          <Account username={Username} /> <span className="quiet">{Gate}</span>
        </>
      ),
    },
    { head: t.received, cell: ({ ReceivedAt }) => shownSecond(ReceivedAt) },
    ...(areSentOn ? [{ head: t.state, cell: ({ State }: TicketEntry) => named(t.states, State) }] : []),
  ];
  return (
    <>
      <RowsTable
        caption={t.entries}
        columns={columns}
        rows={entries}
        rowKey={({ RecordId, CheckTime }) => `${RecordId} ${CheckTime}`}
      />
      {hasMore ? <p className="quiet">{t.more}</p> : null}
    </>
  );
}
