import {
  keyOf,
  keyText,
  type ListPlace,
  loadEntriesOfTicket,
  RECORD_STATES,
  type RecordSearch,
  type RecordWay,
  recordsUnder,
  searchRecords,
  wayJson,
  waySteps,
} from '@ticket-check/check-records';
import { mayOperateFor } from '@ticket-check/operators';
import {
  parseFilmCode,
  parseRecordId,
  parseScreenCode,
  parseSessionCode,
  type RecordId,
  readTicketInHand,
  type TicketInHand,
} from '@ticket-check/protocol';
import { z } from 'zod';
import { cinemasIn, dateIn, oneOf, parseName, pathWith, readPart, readPlace } from '../asked.ts';
import type { AskedList, JsonRequest } from '../page.ts';
import { DataRefused } from '../sent-texts.ts';
import { recordRows } from './record-tables.ts';
import type { RecordSource } from './source.ts';

const RECORDS = '/records';
const RECORDS_A_PART = 50;
/** A ticket has some entries at the most; who made more shows by these. */
const MAX_OF_A_TICKET = 20;
/** What a list leaves to the record itself: it is half of its bytes. */
const LONG_ELEMENT = 'TicketInfoCode';

/** What is looked for, as the query of `/records.json` and of its files names it. */
export function searchIn(request: Pick<JsonRequest, 'query' | 'cinemaCodes'>, now: () => number): RecordSearch {
  const { query } = request;
  return {
    date: dateIn(query, now),
    cinemas: cinemasIn(request),
    screenCode: readPart(query, 'screen', parseScreenCode),
    sessionCode: readPart(query, 'session', parseSessionCode),
    filmCode: readPart(query, 'film', parseFilmCode),
    ...searchedTicket(query),
    // At a third-party platform the account is the terminal.
    account: readPart(query, 'account', parseName) ?? readPart(query, 'terminal', parseName),
    gate: readPart(query, 'gate', parseName),
    state: readPart(query, 'state', oneOf(RECORD_STATES)),
  };
}

/** What `ticket` of the query names, which is whatever somebody has in hand; undefined if it names nothing. */
export function ticketIn(query: JsonRequest['query']): TicketInHand | undefined {
  return readPart(query, 'ticket', (text) => {
    const inHand = readTicketInHand(text);
    // Only who made the link knows its ticket.
    if (inHand === null || inHand.kind === 'link')
      throw new Error('is a code, an e-ticket, a ticket number or a RecordId');
    return inHand;
  });
}

function searchedTicket(query: JsonRequest['query']): Partial<RecordSearch> {
  const inHand = ticketIn(query);
  switch (inHand?.kind) {
    case 'code':
      return { ticketInfoCode: inHand.code };
    case 'record':
      return { recordId: inHand.recordId };
    case 'number':
      return { filmTicketCode: inHand.filmTicketCode };
    default:
      return {};
  }
}

/** What was looked for, as the audit keeps it: without a code, which would admit. */
export function searchJson({ date, cinemas, ticketInfoCode, ...rest }: RecordSearch) {
  const code = ticketInfoCode === undefined ? {} : { byCode: true };
  return { businessDate: date, cinemaCodes: cinemas === undefined ? 'all' : [cinemas].flat(), ...rest, ...code };
}

/** `GET /records.json`: the records of a business date, newest first, in parts; `Next` asks for the next one. */
export function recordList(source: RecordSource) {
  const { store, now } = source;

  const jsonOf = async (records: readonly RecordWay[]) =>
    (await recordRows(source, records)).map(({ [LONG_ELEMENT]: _, ...json }) => json);

  return async (request: AskedList & { readonly signal?: AbortSignal }): Promise<object> => {
    const { query, cinemaCodes, signal } = request;
    const inHand = ticketIn(query);
    if (inHand?.kind === 'record') {
      const found = await shownUnder(source, inHand.recordId, cinemaCodes);
      return { BusinessDate: null, Records: await jsonOf(found), Next: null };
    }
    const search = searchIn(request, now);
    const after = readPlace(query, place);
    const found = await searchRecords(store, search, { after, limit: RECORDS_A_PART + 1, ...(signal && { signal }) });
    const records = found.slice(0, RECORDS_A_PART);
    const last = found.length > RECORDS_A_PART ? records.at(-1) : undefined;
    const asked = { ...Object.fromEntries(query), businessDate: search.date };
    return {
      BusinessDate: search.date,
      Records: await jsonOf(records),
      Next: last === undefined ? null : pathWith(`${RECORDS}.json`, { ...asked, after: placeText(last) }),
    };
  };
}

/** `GET /record.json?id=`: the records under a RecordId, mostly one, each with its way and the other entries of its ticket. */
export function oneRecord(source: RecordSource) {
  const { store, besides, limits, checkedBy } = source;
  return ({ actor, query, cinemaCodes }: JsonRequest): Promise<object> =>
    limits.read(actor, async () => {
      const recordId = readPart(query, 'id', parseRecordId);
      if (recordId === undefined) throw new DataRefused('bad-id', 'id is a RecordId, a UUID.');
      const records = await shownUnder(source, recordId, cinemaCodes);
      if (records.length === 0) throw new DataRefused('no-record', 'There is no such check record here.', 404);
      const more = (await besides?.recordRows([recordId]))?.get(recordId);
      const shown = [];
      for (const record of records) {
        const entries = await loadEntriesOfTicket(store, record, MAX_OF_A_TICKET);
        shown.push({
          ...wayJson(record, source),
          ...more,
          Way: waySteps(record, source, more),
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
      return { Records: shown };
    });
}

/** Those of the records under a RecordId that may be shown. */
async function shownUnder({ store }: RecordSource, recordId: RecordId, cinemaCodes: JsonRequest['cinemaCodes']) {
  const records = await recordsUnder(store, recordId);
  return records.filter(({ cinemaCode }) => mayOperateFor({ cinemaCodes }, cinemaCode));
}

const place = z
  .tuple([z.string(), z.string(), z.string()])
  .transform(([checkTime, recordId, identity]): ListPlace => ({ checkTime, recordId, identity }));

const placeText = (record: RecordWay) => JSON.stringify([record.checkTime, record.recordId, keyOf(record).identity]);
