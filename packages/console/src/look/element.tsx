import { elementNames, REASON_NAMES, RECORD_STATE_NAMES } from '@ticket-check/protocol/element-names';
import type { ReactNode } from 'react';
import { inEachLanguage, type Language, named, useBegun, useLanguage, useWords } from '../begin/begun.ts';
import { CodeWords, verdictWords } from './code-words.tsx';
import {
  Account,
  Cinema,
  Named,
  Operator,
  RecordLink,
  ScreenName,
  Session,
  type SessionOf,
  Ticket,
  type TicketOf,
} from './names.tsx';
import { shownCount, shownMoney, shownShare } from './shown.ts';
import { Since } from './since.tsx';

const WORDS = inEachLanguage({
  yes: ['是', 'yes'],
  no: ['否', 'no'],
  all: ['全部影院', 'all cinemas'],
  account: {
    gate: ['账号', 'Account'],
    terminal: ['终端', 'Terminal'],
    platform: ['检票平台', 'Platform'],
  },
  seat: (row: number, column: number) => [`${row} 排 ${column} 座`, `row ${row}, seat ${column}`],
});

export function elementName(name: string, language: Language): string {
  const [zh, en] = elementNames(name);
  return language === 'zh' ? zh : en;
}

export const recordStates = inEachLanguage(RECORD_STATE_NAMES);
const REASONS = inEachLanguage(REASON_NAMES);

/** What an element is called on screens, where things are shown by their names. */
export function useElementName(): (name: string) => string {
  const { account } = useWords(WORDS);
  const { checkedBy } = useBegun();
  const language = useLanguage();
  return (name) => {
    if (/^account$/i.test(name)) return account[checkedBy];
    return elementName(name.replace(/^cinemaCodes?$/i, 'CinemaName'), language);
  };
}

/** Other platforms send texts, too. */
type SeatOf = {
  readonly RowNum?: number | string | null | undefined;
  readonly ColumnNum?: number | string | null | undefined;
};

/** The elements of a row that are shown by their names, and those that are made of several. */
export type ElementOf<Row> =
  | (keyof Row & string)
  | (Row extends SessionOf ? 'Session' : never)
  | (Row extends SeatOf ? 'Seat' : never);

type Holder = Readonly<Record<string, unknown>>;

const text = (holder: Holder, name: string) => String(holder[name] ?? '');

/** Things by their names, which lead to what is known of them. */
const THINGS: Readonly<Record<string, (value: string, of: Holder) => ReactNode>> = {
  CinemaCode: (code) => <Cinema code={code} />,
  Account: (username) => <Account username={username} />,
  Platform: (username) => <Account username={username} />,
  OverriddenBy: (username) => <Operator username={username} />,
  RecordId: (id) => (
    <RecordLink id={id}>
      <code>{id}</code>
    </RecordLink>
  ),
  FilmTicketCode: (_, of) => <Ticket of={of as TicketOf} />,
  ScreenName: (_, of) => <ScreenName of={of} />,
  Gate: (name) => <span className="one-line">{name}</span>,
  FilmName: (name, of) => <Named name={name} code={text(of, 'FilmCode')} />,
  ErrorCode: (code) => <CodeWords code={code} />,
  RefusalCode: (code) => <CodeWords code={code} />,
};

const VERDICTS = ['Verdict', 'LateVerdict', 'OverriddenVerdict'];
/** People compare these to the second. */
const TO_THE_SECOND = ['CheckTime', 'ScannedAt', 'DecidedAt', 'OpenedAt', 'ReceivedAt', 'SentAt', 'DeliveredAt'];
const TIME = /^\d{4}-\d\d-\d\dT[\d:.]+$/;
const DATE = /^\d{4}-\d\d-\d\d$/;

/** What is shown of a thing without a name. */
const CODES: Readonly<Record<string, string>> = { ScreenName: 'ScreenCode', FilmName: 'FilmCode' };

/**
 * An element of a row, as its kind is shown everywhere: a thing by its name with a link, a time with how long ago it was. The time of
 * a check leads to its record.
 */
export function Element({ of, name }: { of: object; name: string }) {
  const t = useWords(WORDS);
  const language = useLanguage();
  const holder = of as Holder;
  if (name === 'Session') return <Session of={of as SessionOf} />;
  if (name === 'Seat') {
    const [row, column] = [Number(holder.RowNum), Number(holder.ColumnNum)];
    return row > 0 && column > 0 ? t.seat(row, column) : '–';
  }
  const value = holder[name] || (holder[CODES[name] ?? name] ?? '');
  if (value === '' || (Array.isArray(value) && value.length === 0)) return '–';
  if (typeof value === 'boolean') return value ? t.yes : t.no;
  if (typeof value === 'number') {
    if (/(Price|Service)$/.test(name)) return shownMoney(value);
    return /(Share|Completeness)$/.test(name) ? shownShare(value) : shownCount(value);
  }
  if (name === 'CinemaCodes' && Array.isArray(value))
    return value.map((code) => <div key={code}>{code === '*' ? t.all : <Cinema code={code} />}</div>);
  const shown = Array.isArray(value) ? value.join(', ') : String(value);
  if (name === 'State') return named(recordStates[language], shown);
  if (name === 'Reason' || name === 'OverrideReason') return named(REASONS[language], shown);
  if (VERDICTS.includes(name)) return verdictWords(shown, language);
  if (TIME.test(shown)) {
    const time = <Since at={shown} exact={TO_THE_SECOND.includes(name)} />;
    if (name !== 'CheckTime' || holder.RecordId === undefined) return time;
    return <RecordLink id={text(holder, 'RecordId')}>{time}</RecordLink>;
  }
  if (DATE.test(shown)) return <span className="one-line">{shown}</span>;
  return THINGS[name]?.(shown, holder) ?? shown;
}
