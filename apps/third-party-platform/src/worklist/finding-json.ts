import type { Finding } from './worklist.ts';

/** A finding as commands and the console print it. */
export function findingJson(finding: Finding) {
  const { kind, cinemaCode, filmTicketCode, startTime, foundAt, refundedAt, notedAt, entries, notes } = finding;
  const [first] = entries;
  return {
    Kind: kind,
    CinemaCode: cinemaCode,
    FilmTicketCode: filmTicketCode,
    StartTime: startTime,
    ...(first !== undefined && {
      ScreenCode: first.screenCode,
      ScreenName: first.screenName,
      FilmName: first.filmName,
      RowNum: first.rowNum,
      ColumnNum: first.columnNum,
    }),
    FoundAt: foundAt,
    ...(kind === 'LATE_REFUND' && { RefundTime: refundedAt }),
    NotedAt: notedAt,
    Entries: entries.map(({ recordId, checkTime, account, gate, receivedAt, overriddenVerdict }) => ({
      RecordId: recordId,
      CheckTime: checkTime,
      Account: account,
      ...(gate !== '' && { Gate: gate }),
      ReceivedAt: receivedAt,
      ...(overriddenVerdict !== null && { OverriddenVerdict: overriddenVerdict }),
    })),
    Notes: notes.map((note) => ({ Outcome: note.outcome, Operator: note.operator, NotedAt: note.notedAt })),
  };
}
