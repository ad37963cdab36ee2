import {
  allFound,
  type CheckRecordTables,
  COUNTED_AS,
  countFound,
  createEntries,
  createRecordStore,
  createReversals,
  isTooWide,
  keyOf,
  keyText,
  type ListPlace,
  loadEntriesOfTicket,
  RECORD_STATES,
  type RecordSearch,
  type RecordWay,
  recordColumns,
  recordJson,
  recordsUnder,
  type StatedRecord,
  searchRecords,
  type TicketKey,
  wayJson,
  waySteps,
} from '@ticket-check/check-records';
import { mayOperateFor, type Operator } from '@ticket-check/operators';
import {
  businessDate as businessDateOf,
  elementsJson,
  parseFilmCode,
  parseRecordId,
  parseScreenCode,
  parseSessionCode,
  parseWallClock,
  parseWholeDay,
  type RecordId,
  readTicketInHand,
  type TicketInHand,
  wallClockAt,
} from '@ticket-check/protocol';
import { pageOf, type Store } from '@ticket-check/storage';
import { z } from 'zod';
import { parseName, textOf } from '../asked.ts';
import {
  type AskedRows,
  cinemaFilter,
  cinemasOf,
  dateFilter,
  datesAsked,
  filterOf,
  list,
  says,
  untilFilter,
} from '../declared/list.ts';
import { DataRefused } from '../sent-texts.ts';
import { areFew, type ReportSource, recordRows } from './report-source.ts';
import {
  RECORD_COUNT_ROW,
  RECORD_ROW,
  type RecordRow,
  type TicketEntry,
  UNDONE_ROW,
  WHOLE_RECORD,
  type WholeRecord,
} from './rows.ts';

/** A ticket has some entries at the most; who made more shows by these. */
const MAX_OF_A_TICKET = 20;

/** The dates of this many cinemas, a thousand records each, are looked through in a second. */
const MOST_DAYS_OF_CINEMAS = 70;

/** Whatever somebody has in hand; only who made a link knows its ticket. */
function parseInHand(text: string): Exclude<TicketInHand, { kind: 'link' }> {
  const inHand = readTicketInHand(text);
  if (inHand === null || inHand.kind === 'link')
    throw new Error('is a code, an e-ticket, a ticket number or a RecordId');
  return inHand;
}

/** A session, or several with commas between their 16 characters, which may be commas too: what a number counts may be of several. */
const parseSessions = (text: string) => text.split(/(?<=^(?:.{17})*.{16}),/).map(parseSessionCode);
/** An account, or several with commas: one may have replaced others. */
const parseAccounts = (text: string) => text.split(',').map(parseName);

const FILTERS = {
  businessDate: dateFilter,
  until: untilFilter,
  cinema: cinemaFilter,
  screen: filterOf('screen', parseScreenCode, '影厅编码', 'a ScreenCode'),
  session: filterOf('session', parseSessions, '场次编码，可用逗号分隔多个', 'a SessionCode, or several with commas'),
  film: filterOf('film', parseFilmCode, '影片编码', 'a FilmCode'),
  type: filterOf('type', parseName, '售票方式', 'how the ticket was sold'),
  ticket: textOf(parseInHand)
    .optional()
    .meta(
      says('电影票编码、票码、电子票，或任意日期的记录编号', 'a number, code or e-ticket, or a RecordId of any date'),
    ),
  account: filterOf(
    'account',
    parseAccounts,
    '上报该记录的账号，在第三方平台即终端，可用逗号分隔多个',
    'the account that reported it, which at a third-party platform is the terminal, or several with commas',
  ),
  terminal: textOf(parseAccounts).optional().meta(says('同 account', 'the same')),
  gate: filterOf('gate', parseName, '检票口', 'the gate where it was made'),
  state: z.enum(RECORD_STATES).optional().meta(says('报送到哪一步', 'how far it has come')),
  order: z
    .literal('oldest')
    .optional()
    .meta(says('分页顺序：最早的检票在前，而不是最新的', 'of pages: the oldest check first, not the newest')),
  counted: z.enum(COUNTED_AS).optional().meta(says('按日报的统计口径', 'as a report counts it')),
};

/** @throws DataRefused if pages or files of it would take too long; a command may */
async function searchOf(source: ReportSource, { filters, cinemas }: AskedRows<typeof FILTERS>): Promise<RecordSearch> {
  const { ticket } = filters;
  const dates = datesAsked(filters, source.now);
  const search: RecordSearch = {
    dates,
    cinemas: cinemasOf({ filters, cinemas }),
    few: await areFew(source, { filters, cinemas }, MOST_DAYS_OF_CINEMAS / dates.length),
    screenCode: filters.screen,
    sessionCode: filters.session,
    filmCode: filters.film,
    ticketType: filters.type,
    account: filters.account ?? filters.terminal,
    gate: filters.gate,
    state: filters.state,
    counted: filters.counted,
    isRefunded: source.lateRefunds.isOne,
    ...(ticket?.kind === 'code' && { ticketInfoCode: ticket.code }),
    ...(ticket?.kind === 'record' && { recordId: ticket.recordId }),
    ...(ticket?.kind === 'number' && { filmTicketCode: ticket.filmTicketCode }),
  };
  if (source.mostRecords !== undefined && isTooWide(search))
    throw new DataRefused('choose-cinema', 'These are looked for in at most ten cinemas at a time: name one.');
  return search;
}

/** The check records of business dates with their whole way, on pages the newest first, as a file the oldest. Scheme 5.2.9. */
export const checkRecords = list({
  name: 'records',
  rowsName: 'Records',
  title: { zh: '检票记录', en: 'Check records' },
  permission: 'records.read',
  filters: FILTERS,
  row: RECORD_ROW,
  place: z.tuple([z.string(), z.string(), z.string()]).readonly(),
  rowsAPage: 50,
  // Others have no index.
  live: ['cinema'],
  audit: {
    name: 'report records',
    // A code would admit.
    what: ({ ticket, ...rest }) => ({
      ...rest,
      ...(ticket?.kind === 'code' && { byCode: true }),
      ...(ticket?.kind === 'number' && { filmTicketCode: ticket.filmTicketCode }),
      ...(ticket?.kind === 'record' && { recordId: ticket.recordId }),
    }),
    // They know it already.
    unless: ({ ticket }) => ticket?.kind === 'record',
  },
  async find(source: ReportSource, { after, limit, ...asked }) {
    const { ticket } = asked.filters;
    if (ticket?.kind === 'record') {
      const found = await shownUnder(source, ticket.recordId, asked.cinemas);
      return { rows: await rowsOf(source, found), next: null, besides: { BusinessDate: null } };
    }
    const [checkTime, recordId, identity] = after ?? [];
    const found = await searchRecords(source.store, await searchOf(source, asked), {
      after: after && ({ checkTime, recordId, identity } as ListPlace),
      limit: limit + 1,
      isOldestFirst: asked.filters.order === 'oldest',
      signal: asked.signal,
    });
    const placeOf = (last: RecordWay) => [last.checkTime, last.recordId, keyOf(last).identity] as const;
    const { page, next } = pageOf(found, limit, placeOf);
    return { rows: await rowsOf(source, page), next };
  },
  file: {
    columns: (source) => [...recordColumns(source), ...(source.besides?.recordColumns ?? [])],
    async rows(source, asked) {
      const { store, mostRecords } = source;
      const search = await searchOf(source, asked);
      if (mostRecords !== undefined) {
        const count = await countFound(store, search, { max: mostRecords, signal: asked.signal });
        if (count > mostRecords) {
          throw new DataRefused(
            'too-many-rows',
            `These are more than ${mostRecords} records: narrow it down to one cinema, or let the administrator run \`report records\` on the machine of the service.`,
          );
        }
      }
      return (async function* () {
        for await (const page of allFound(store, search, asked.signal)) yield* await recordRows(source, page);
      })();
    },
  },
});

/** The records under a RecordId, mostly one, each with its way and the other entries of its ticket. */
export const wholeRecord = list({
  name: 'record',
  rowsName: 'Records',
  title: { zh: '一条检票记录', en: 'A check record' },
  permission: 'records.read',
  filters: { id: textOf(parseRecordId).meta(says('记录编号（RecordId）', 'a RecordId')) },
  row: WHOLE_RECORD,
  live: 'none',
  // Who asks for one knows it already.
  audit: { name: 'report record', what: ({ id }) => ({ recordId: id }), unless: () => true },
  async find(source: ReportSource, { filters: { id: recordId }, cinemas }) {
    const { store, besides, checkedBy } = source;
    const records = await shownUnder(source, recordId, cinemas);
    if (records.length === 0) throw new DataRefused('no-record', 'There is no such check record here.', 404);
    const more = (await besides?.recordRows(records))?.get(recordId);
    const rows: WholeRecord[] = [];
    for (const record of records) {
      const entries = await loadEntriesOfTicket(store, record, MAX_OF_A_TICKET);
      rows.push({
        ...{ RecordId: record.recordId, CheckTime: record.checkTime },
        ...wayJson(record, source),
        ...more,
        Way: waySteps(record, source, more) as WholeRecord['Way'],
        EntriesOfTicket: entries.map(({ record: entry }, index) => ({
          RecordId: entry.recordId,
          CheckTime: entry.checkTime,
          ...(checkedBy === 'Account' && { Account: entry.account }),
          ...(entry.gate !== '' && { Gate: entry.gate }),
          First: index === 0,
          ...(entry.overriddenVerdict !== null && { OverriddenVerdict: entry.overriddenVerdict }),
          IsThis: keyText(keyOf(entry)) === keyText(keyOf(record)),
        })),
      });
    }
    return { rows };
  },
});

/** Without the code of the ticket, which is left to the record itself. */
async function rowsOf(source: ReportSource, records: readonly RecordWay[]): Promise<RecordRow[]> {
  return (await recordRows(source, records)).map(({ TicketInfoCode: _, ...row }) => row as RecordRow);
}

/** Those of the records under a RecordId that may be shown. */
async function shownUnder({ store }: ReportSource, recordId: RecordId, cinemaCodes: Operator['cinemaCodes']) {
  const records = await recordsUnder(store, recordId);
  return records.filter(({ cinemaCode }) => mayOperateFor({ cinemaCodes }, cinemaCode));
}

export const sinceFilter = textOf(parseWallClock)
  .optional()
  .meta(says('此时及以后的检票，YYYY-MM-DDThh:mm:ss', 'only those checked at this time or later, YYYY-MM-DDThh:mm:ss'));

/** How many records there are. */
export const recordCount = list({
  name: 'records/count',
  rowsName: 'Counts',
  title: { zh: '检票记录数', en: 'Number of check records' },
  permission: 'records.read',
  filters: {
    cinema: cinemaFilter,
    since: sinceFilter,
  },
  row: RECORD_COUNT_ROW,
  live: 'none',
  audit: { name: 'records count' },
  async find({ store }: CountedSource, { filters, cinemas }) {
    const count = createRecordStore(store).count(cinemasOf({ filters, cinemas }), filters.since);
    const { records, entries, quarantined } = await count;
    return { rows: [{ Records: records, Entries: entries, Quarantined: quarantined }] };
  },
});

type CountedSource = Pick<ReportSource, 'store' | 'now'>;

/** All entries of each ticket that was entered more than once, the first one first. Readings R7, R8. */
export const doubleEntries = list({
  name: 'records/doubles',
  rowsName: 'Entries',
  title: { zh: '重复入场', en: 'Tickets entered more than once' },
  permission: 'records.read',
  filters: {
    cinema: cinemaFilter,
    date: textOf(parseWholeDay)
      .optional()
      .meta(
        says(
          '其中至少一次入场的营业日，YYYY-MM-DD；默认为今天',
          'the business date of at least one of its entries, YYYY-MM-DD; today by default',
        ),
      ),
  },
  row: RECORD_ROW,
  live: 'none',
  audit: { name: 'records doubles' },
  async find({ store, now }: CountedSource, { filters, cinemas }) {
    const { date = businessDateOf(wallClockAt(now())) } = filters;
    const tickets = await createEntries(store).doubles(date, cinemasOf({ filters, cinemas }));
    const listed = tickets.flatMap((entries) => entries.map((one, n) => ({ ...one, first: n === 0, undone: null })));
    return { rows: listed.map((entry) => recordJson(entry) as RecordRow) };
  },
});

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new Error('must be a whole number from 1 to 99999');
  return Number(text);
}

/** Undone entries, that of the last check first, and whether the platform above knows; until it does, the entry counts there. Reading R9. */
export const undoneEntries = list({
  name: 'records/undone',
  rowsName: 'Undone',
  title: { zh: '已撤销的入场', en: 'Undone entries' },
  permission: 'records.read',
  filters: { cinema: cinemaFilter, last: textOf(parseCount).default(1000).meta(says('最多条数', 'at most this many')) },
  row: UNDONE_ROW,
  live: 'none',
  audit: { name: 'records undone', unless: () => true },
  async find(store: Store<CheckRecordTables>, { filters, cinemas }) {
    const undone = await createReversals(store).list(filters.last, cinemasOf({ filters, cinemas }));
    const rows = undone.map(
      ({ account, deliveredAt, errorCode, ...one }): z.output<typeof UNDONE_ROW> => ({
        ...elementsJson(one, 'RecordId', 'Reverses', 'CinemaCode', 'FilmTicketCode', 'StartTime', 'CheckTime'),
        ReversedAt: one.reversedAt,
        ...(account !== '' && { Account: account }),
        Upstream: deliveredAt !== null ? 'DELIVERED' : errorCode === null ? 'WAITING' : 'REFUSED',
        ErrorCode: errorCode,
      }),
    );
    return { rows };
  },
});

/** A ticket has one entry, mostly; who made more than these shows by these. */
const MAX_ENTRIES = 50;

export async function entriesOfTicket(store: Pick<Store<CheckRecordTables>, 'reports'>, ticket: TicketKey) {
  const entries = await loadEntriesOfTicket(store, ticket, MAX_ENTRIES + 1);
  const shown = { Entries: entries.slice(0, MAX_ENTRIES).map(entryJson), HasMoreEntries: entries.length > MAX_ENTRIES };
  return { entries, shown };
}

const entryJson = ({ record, state, refused }: StatedRecord, index: number): TicketEntry => ({
  ...elementsJson(record, 'RecordId', 'CheckTime', 'ReceivedAt'),
  Username: record.account,
  ...(record.gate !== '' && { Gate: record.gate }),
  First: index === 0,
  State: state,
  ...(record.overriddenVerdict !== null && { OverriddenVerdict: record.overriddenVerdict }),
  ErrorCode: refused?.errorCode ?? null,
});
