import {
  APIS,
  claimTicketQuery,
  claimTicketReplyJson,
  type Extension,
  errorReplyJson,
  formatYuan,
  getETicketKeysQuery,
  getETicketKeysReplyJson,
  getPublicKeysQuery,
  getTicketInfoQuery,
  getTicketInfosQuery,
  isReversal,
  listChangesQuery,
  listCheckRecordsQuery,
  ProtocolError,
  parseCheckTicket,
  parseQuery,
  parseRecordOrigin,
  parseReversal,
  publicKeysReplyJson,
  releaseClaimQuery,
  releaseClaimReplyJson,
  reportQuery,
  reportReplyJson,
  reportTerminalStateQuery,
  reportTerminalStateReplyJson,
  type TicketInfo,
  ticketInfoJson,
  ticketInfosReplyJson,
} from '@ticket-check/protocol';
import { ticketKey } from './claims.ts';
import type { Ledger } from './ledger.ts';
import { listChanges, listRecords } from './lists.ts';
import { assertCinema, type PeerCall } from './signed-peer.ts';

/** Answers a call with ReplyData; throws ProtocolError to refuse it. */
export type ApiHandler = (call: PeerCall) => unknown;

type ApiOptions = { isPlain: boolean; extensions: readonly Extension[]; now: () => number };

/** The Apis of a platform in memory: those of the scheme, and of the extensions that it speaks. */
export function platformApis(ledger: Ledger, { isPlain, extensions, now }: ApiOptions): Map<string, ApiHandler> {
  const apis: [name: string, handler: ApiHandler, extension?: Extension][] = [
    [APIS.getPublicKeys, getPublicKeys],
    [APIS.getTicketInfo, getTicketInfo],
    [APIS.reportOriginalCheckTickets, report],
    [APIS.getTicketInfos, getTicketInfos, 'ticket-infos'],
    [APIS.listCheckRecords, listCheckRecords, 'check-records'],
    [APIS.listChanges, changes, 'changes'],
    [APIS.reportTerminalState, reportTerminalState, 'terminal-state'],
    [APIS.claimTicket, claimTicket, 'claim-ticket'],
    [APIS.releaseClaim, releaseClaim, 'claim-ticket'],
    [APIS.getETicketKeys, getETicketKeys, 'e-tickets'],
  ];

  function getPublicKeys({ account, query }: PeerCall) {
    const { cinemaCode } = parseQuery(getPublicKeysQuery, query);
    assertCinema(account, cinemaCode);
    return publicKeysReplyJson(ledger.keys.get(cinemaCode) ?? []);
  }

  function getTicketInfo({ account, query, extended }: PeerCall) {
    const ticket = parseQuery(getTicketInfoQuery, query);
    assertCinema(account, ticket.cinemaCode);
    const info = ledger.tickets.get(ticketKey(ticket));
    if (isPlain) return info === undefined ? PLAIN_UNKNOWN_TICKET : plainTicketInfoJson(info);
    if (info === undefined) throw new ProtocolError('TICKET_NOT_FOUND', 'No such ticket was sold.');
    return ticketInfoJson(info, 'two-decimals', { extended: extended('record-id') });
  }

  /** Each question is answered or refused separately. */
  function getTicketInfos(call: PeerCall) {
    const { tickets } = parseQuery(getTicketInfosQuery, call.query);
    const replies = tickets.map((question) => {
      try {
        return getTicketInfo({ ...call, query: question as Record<string, unknown> });
      } catch (error) {
        if (error instanceof ProtocolError) return errorReplyJson(error.code, error.message);
        throw error;
      }
    });
    return ticketInfosReplyJson(replies);
  }

  function reportTerminalState({ query }: PeerCall) {
    parseQuery(reportTerminalStateQuery, query);
    return reportTerminalStateReplyJson({ kept: true, doubles: [] });
  }

  /** All records are kept or none. */
  function report({ account, query, extended }: PeerCall) {
    const { cinemaCode, checkTickets } = parseQuery(reportQuery, query);
    assertCinema(account, cinemaCode);
    if (isPlain && checkTickets.some(isForeign)) return plainReportReplyJson(false);
    if (extensions.includes('reverses') && checkTickets.some((raw) => isReversal(raw, { extended: true }))) {
      const reversals = checkTickets.map((raw) => parseReversal(raw, cinemaCode));
      ledger.reversals.push(...reversals);
      for (const reversal of reversals) ledger.claims.undone(reversal);
      return reportReplyJson({ result: true }, { extended: true });
    }
    const wire = {
      extended: extended('record-id'),
      overrides: knows('overrides', extended),
      origins: knows('record-origins', extended),
    };
    const records = checkTickets.map((raw) => parseCheckTicket(raw, cinemaCode, wire));
    ledger.records.push(...records);
    for (const [index, { recordId }] of records.entries())
      if (recordId !== null) ledger.origins.set(recordId, parseRecordOrigin(checkTickets[index], wire));
    for (const record of records) ledger.claims.entered(record);
    return isPlain ? plainReportReplyJson(true) : reportReplyJson({ result: true }, wire);
  }

  function knows(extension: Extension, extended: PeerCall['extended']): boolean {
    return extensions.includes(extension) && extended(extension);
  }

  function listCheckRecords({ account, query, extended }: PeerCall) {
    const asked = parseQuery(listCheckRecordsQuery, query);
    assertCinema(account, asked.cinemaCode);
    return listRecords(ledger, asked, {
      overrides: knows('overrides', extended),
      undone: knows('undone-records', extended),
    });
  }

  function changes({ account, query }: PeerCall) {
    const asked = parseQuery(listChangesQuery, query);
    for (const cinemaCode of asked.cinemaCodes ?? []) assertCinema(account, cinemaCode);
    return listChanges(ledger, asked, { account, now: now() });
  }

  function claimTicket({ account, query, extended }: PeerCall) {
    const claim = parseQuery(claimTicketQuery, query);
    assertCinema(account, claim.cinemaCode);
    const isLive = knows('e-tickets', extended) && ledger.eTickets.isLive(claim);
    const saying = { ...(isLive && { eTicket: 'live' as const }), ...ledger.claimReply };
    return claimTicketReplyJson(ledger.claims.claim(claim, ledger.tickets.get(ticketKey(claim)), saying));
  }

  function getETicketKeys({ query }: PeerCall) {
    parseQuery(getETicketKeysQuery, query);
    return getETicketKeysReplyJson(ledger.eTickets.published());
  }

  function releaseClaim({ account, query }: PeerCall) {
    const release = parseQuery(releaseClaimQuery, query);
    assertCinema(account, release.cinemaCode);
    const hasEntered = ledger.records.some(({ recordId }) => recordId === release.recordId);
    if (!hasEntered) ledger.claims.release(release);
    return releaseClaimReplyJson(hasEntered ? 'entered' : 'released');
  }

  const served = apis.filter(([, , extension]) => extension === undefined || extensions.includes(extension));
  return new Map(served.map(([name, handler]) => [name, handler]));
}

// What other people's servers do where the scheme leaves it open. Reading E12. Written apart from the tests of protocol, which
// hold some of the same habits: a mistake in one of the two shows in the other.

/** GetTicketInfo's answer with numbers as texts, amounts in either number of decimals, and an element of their own. */
const plainTicketInfoJson = (info: TicketInfo): Record<string, unknown> => ({
  ...ticketInfoJson(info),
  RowNum: String(info.rowNum),
  ColumnNum: String(info.columnNum),
  Price: formatYuan(info.price),
  Service: formatYuan(info.service).replace(/0$/, ''),
  Remark: '',
});

/** The answer about a ticket that was not sold. */
const PLAIN_UNKNOWN_TICKET = {};

const plainReportReplyJson = (isKept: boolean) => ({ ReportResult: String(isKept) });

/** Whether a record holds an element that the scheme does not name. */
const isForeign = (record: unknown): boolean => Object.keys(record as object).some((name) => !ELEMENTS.has(name));

const ELEMENTS: ReadonlySet<string> = new Set(
  'TicketInfoCode CheckTime ScreenCode ScreenName FilmCode FilmName SessionCode StartTime'
    .split(' ')
    .concat('TicketType FilmTicketCode RowNum ColumnNum Price Service'.split(' ')),
);
