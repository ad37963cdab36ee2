import { type RecordId, type TicketCodeFields, type TicketInfo, VERDICTS, type Verdict } from '@ticket-check/protocol';
import type { FirstEntry } from './rules.ts';
import { SCANNER_FAULTS, type ScannerFault } from './scan-text.ts';

/** What a scan came to. */
export type ScanResult = {
  verdict: Verdict;
  /** The scan's identity; missing where the store could not keep it. */
  recordId?: RecordId;
  /** ADMIT only: whether no other terminal can have admitted the same ticket (reading C2). */
  confirmed?: boolean;
  /** UNREADABLE only. */
  fault?: ScannerFault;
  /** KEYS_PENDING only. */
  retryInSeconds?: number;
  /** ALREADY_ENTERED only, where it is known. */
  firstEntry?: FirstEntry;
  /** What a genuine code holds. */
  ticket?: TicketCodeFields;
  /** What the upstream knows of the ticket. */
  info?: TicketInfo;
  /** The upstream was asked and silent: when it was last heard, or `null` for never. */
  silence?: { lastContactSeconds: number | null };
};

/** A verdict as `POST /scan`, `check` and the scanner's output give it. */
export type VerdictJson = ReturnType<typeof verdictJson>;

/** Writes a verdict: what does not apply is left out. */
export function verdictJson(result: ScanResult, elapsedMs: number) {
  const { verdict, recordId, confirmed, ticket, info, firstEntry, silence } = result;
  const words = wordsFor(result);
  return {
    Verdict: verdict,
    Message: words.en,
    MessageZh: words.zh,
    ...(recordId !== undefined && { RecordId: recordId }),
    ...(confirmed !== undefined && { Confirmed: confirmed }),
    ...(result.retryInSeconds !== undefined && { RetryInSeconds: result.retryInSeconds }),
    ...(ticket !== undefined && {
      FilmTicketCode: ticket.filmTicketCode,
      ScreenCode: ticket.screenCode,
      SeatCode: ticket.seatCode,
      StartTime: ticket.startTime,
    }),
    ...(info?.screenName && { ScreenName: info.screenName }),
    ...(info?.filmName && { FilmName: info.filmName }),
    ...(info !== undefined && info.rowNum > 0 && { RowNum: info.rowNum }),
    ...(info !== undefined && info.columnNum > 0 && { ColumnNum: info.columnNum }),
    ...(firstEntry !== undefined && {
      FirstEntry: {
        CheckTime: firstEntry.checkTime,
        ...(firstEntry.gate !== undefined && { Gate: firstEntry.gate }),
      },
    }),
    ...(typeof silence?.lastContactSeconds === 'number' && { LastContactSeconds: silence.lastContactSeconds }),
    ElapsedMs: Math.round(elapsedMs),
  };
}

/** The words for staff: what the closed list says, and what this scan adds to it. */
function wordsFor({ verdict, fault, retryInSeconds, silence }: ScanResult): { en: string; zh: string } {
  if (fault !== undefined) return SCANNER_FAULTS[fault];
  const { en, zh } = VERDICTS[verdict];
  if (retryInSeconds !== undefined) {
    return { en: `${en} (in ${retryInSeconds} s)`, zh: `${zh}（${retryInSeconds} 秒后）` };
  }
  if (verdict === 'ADMIT' && silence !== undefined) {
    return { en: `${en} (no connection: not confirmed by the platform)`, zh: `${zh}（网络中断，平台未确认）` };
  }
  return { en, zh };
}
