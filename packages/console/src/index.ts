export { inEachLanguage, named, type Pair, useLanguage, useMay, useSaid, useWords } from './begin/begun.ts';
export { ChangeButton } from './change/change-dialog.tsx';
export { type Bundled, ShownBundle, ShownOnce } from './change/shown-once.tsx';
export { useJson } from './data/use-json.ts';
export { Behind } from './list/behind.tsx';
export { Downloads } from './list/downloads.tsx';
export { FilterBar } from './list/filter-bar.tsx';
export { type Column, ListScreen, ListTable, RowsTable, TablePanel } from './list/list-table.tsx';
export { useFilters, withQuery } from './list/use-filters.ts';
export { BarChart } from './look/bar-chart.tsx';
export { CodeWords, errorWords, LetInAnyway, verdictWords } from './look/code-words.tsx';
export { Element, useElementName } from './look/element.tsx';
export { Facts } from './look/facts.tsx';
export { Figure } from './look/figure.tsx';
export {
  Account,
  AccountName,
  Cinema,
  CinemaName,
  Named,
  Operator,
  RecordLink,
  Ticket,
  useNames,
} from './look/names.tsx';
export { PublicKeys } from './look/public-keys.tsx';
export { QrSymbol, type QrSymbolRow } from './look/qr-symbol.tsx';
export { Linked, ScreenButton, ScreenLink } from './look/screen-link.tsx';
export {
  businessDateAt,
  businessDateOf,
  dayAfter,
  epochOf,
  shownAgo,
  shownCount,
  shownShare,
  shownSince,
  shownSpan,
  shownTime,
} from './look/shown.ts';
export { Since, useSince } from './look/since.tsx';
export { type Sold, SoldTicket, TicketEntries } from './pages/one-ticket.tsx';
export { JudgeAllAgain, SuspiciousAccounts } from './pages/quarantined.tsx';
export { Actions, Panel, ScreenPage } from './shell/screen-page.tsx';
export { startConsole } from './start-console.tsx';
export { type AdviceItem, AdviceList } from './states/advice-list.tsx';
export { SetUp } from './states/set-up.tsx';
export { Answered, Nothing } from './states/states.tsx';
