import { type checkTicketJson, formatYuan, type TicketInfo, ticketInfoJson } from '@ticket-check/protocol';

// What other people's servers do where the scheme leaves it open. Reading E12. Written apart from the tests of protocol, which
// hold some of the same habits: a mistake in one of the two shows in the other.

/** GetTicketInfo's answer with numbers as texts, amounts in either number of decimals, and an element of their own. */
export const plainTicketInfoJson = (info: TicketInfo): Record<string, unknown> => ({
  ...ticketInfoJson(info),
  RowNum: String(info.rowNum),
  ColumnNum: String(info.columnNum),
  Price: formatYuan(info.price),
  Service: formatYuan(info.service).replace(/0$/, ''),
  Remark: '',
});

/** The answer about a ticket that was not sold. */
export const PLAIN_UNKNOWN_TICKET = {};

export const plainReportReplyJson = (isKept: boolean) => ({ ReportResult: String(isKept) });

/** Whether a record holds an element that the scheme does not name. */
export const isForeign = (record: unknown): boolean =>
  Object.keys(record as object).some((name) => !ELEMENTS.has(name));

const ELEMENTS: ReadonlySet<string> = new Set<keyof ReturnType<typeof checkTicketJson>>([
  'TicketInfoCode',
  'CheckTime',
  'ScreenCode',
  'ScreenName',
  'FilmCode',
  'FilmName',
  'SessionCode',
  'StartTime',
  'TicketType',
  'FilmTicketCode',
  'RowNum',
  'ColumnNum',
  'Price',
  'Service',
]);
