import type { TicketEntry } from '@ticket-check/admin/rows';
import { Tag } from 'antd';
import { inEachLanguage, useBegun, useWords } from '../begin/begun.ts';
import { RowsTable } from '../list/list-table.tsx';
import { LetInAnyway } from '../look/code-words.tsx';
import { Element, useElementName } from '../look/element.tsx';
import { Facts } from '../look/facts.tsx';
import { Account } from '../look/names.tsx';

const WORDS = inEachLanguage({
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

export function SoldTicket({ sold }: { sold: Sold }) {
  const t = useWords(WORDS);
  const status = (value: string | undefined, of: 'checked' | 'refunded') =>
    value === undefined ? '–' : value === 'Yes' ? t.yes[of] : value === 'No' ? t.no[of] : t.notUnderstood(value);
  return (
    <Facts
      of={sold}
      show={[
        ...(['FilmName', 'ScreenName', 'Seat', 'Price', 'Service', 'TicketType', 'SellTime'] as const),
        [t.checked, status(sold.CheckStatus, 'checked')],
        [t.refunded, status(sold.RefundStatus, 'refunded')],
        ...(sold.RefundTime ? (['RefundTime'] as const) : []),
      ]}
    />
  );
}

/** The entries of a ticket, the first one first. */
export function TicketEntries({ entries, hasMore }: { entries: readonly TicketEntry[]; hasMore: boolean }) {
  const t = useWords(WORDS);
  const nameOf = useElementName();
  const { areSentOn } = useBegun();
  return (
    <>
      <RowsTable<TicketEntry>
        caption={t.entries}
        columns={[
          {
            of: 'CheckTime',
            cell: (entry) => (
              <>
                <Element of={entry} name="CheckTime" /> {entry.First ? <Tag color="blue">{nameOf('First')}</Tag> : null}
                <LetInAnyway verdict={entry.OverriddenVerdict} />
              </>
            ),
          },
          {
            of: 'Account',
            cell: ({ Username, Gate }) => (
              <>
                <Account username={Username} /> <span className="quiet one-line">{Gate}</span>
              </>
            ),
          },
          'ReceivedAt',
          ...(areSentOn ? (['State'] as const) : []),
        ]}
        rows={entries}
        none={t.none}
        rowKey={({ RecordId, CheckTime }) => `${RecordId} ${CheckTime}`}
      />
      {hasMore ? <p className="quiet">{t.more}</p> : null}
    </>
  );
}
