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
  /** ADMIT only: whether the upstream said that the ticket was not refunded, or is not known to it (reading C3). */
  refundStateKnown?: boolean;
  /** ADMIT only: whether the gate took the command to open. */
  opened?: boolean;
  /** ADMIT only: the entry that it made. */
  entry?: FirstEntry;
  /** ALREADY_ENTERED only: by the same text at the same scanner a moment ago. */
  justAdmitted?: boolean;
  /** UNREADABLE only. */
  fault?: ScannerFault;
  /** The upstream still holds the claim of an earlier scan of this terminal that admitted nobody. */
  ownClaimStands?: boolean;
  /** KEYS_PENDING, and where an own claim stands. */
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

/** Verdicts that may be another one a moment later. */
const PASSING: ReadonlySet<Verdict> = new Set([
  'KEYS_PENDING',
  'KEYS_UNAVAILABLE',
  'OFFLINE_REFUSED',
  'CLOCK_UNTRUSTED',
  'STORE_UNAVAILABLE',
]);

/** Whether the same read a moment later is answered the same; where the gate stayed shut, it has to open after all. */
export function doesStand({ verdict, opened }: ScanResult): boolean {
  return !PASSING.has(verdict) && opened !== false;
}

/**
 * What is said where no hardware shuts the gate behind a guest, and the code of an admission comes again from the same
 * scanner after staff were told to let that guest in: it may be a second person with a copy. Reading C8.
 */
export function afterAdmission(result: ScanResult): ScanResult {
  const { verdict, entry, confirmed: _, refundStateKnown: __, opened: ___, silence: ____, ...known } = result;
  if (verdict !== 'ADMIT') return result;
  return { ...known, verdict: 'ALREADY_ENTERED', justAdmitted: true, ...(entry && { firstEntry: entry }) };
}

/** A verdict as `POST /scan`, `check` and the scanner's output give it. */
export type VerdictJson = ReturnType<typeof verdictJson>;

/** Writes a verdict: what does not apply is left out. */
export function verdictJson(result: ScanResult, { repeated, elapsedMs }: { repeated: boolean; elapsedMs: number }) {
  const { verdict, recordId, confirmed, refundStateKnown, ticket, info, firstEntry, silence } = result;
  const words = wordsFor(result);
  return {
    Verdict: verdict,
    Message: words.en,
    MessageZh: words.zh,
    ...(recordId !== undefined && { RecordId: recordId }),
    ...(confirmed !== undefined && { Confirmed: confirmed }),
    ...(refundStateKnown !== undefined && { RefundStateKnown: refundStateKnown }),
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
    ...(repeated && { Repeated: true }),
    ElapsedMs: toTenths(elapsedMs),
  };
}

/** Milliseconds with one decimal. */
export function toTenths(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}

const OWN_CLAIM_STANDS = {
  en: 'An earlier try with this ticket did not end properly: scan again',
  zh: '此票上一次检票尚未结束，请重新扫描',
};

const JUST_ADMITTED = {
  en: 'The same code as just now: if this is the same guest, they are already let in; do not let a second person in',
  zh: '与刚才是同一票码：如为同一观众，已放行入场；请勿让第二人入场',
};

/** The words for staff: what the closed list says, and what this scan adds to it. */
function wordsFor(result: ScanResult): { en: string; zh: string } {
  const { verdict, fault, retryInSeconds, silence } = result;
  if (fault !== undefined) return SCANNER_FAULTS[fault];
  const { en, zh } = result.ownClaimStands ? OWN_CLAIM_STANDS : VERDICTS[verdict];
  if (retryInSeconds !== undefined) {
    return { en: `${en} (in ${retryInSeconds} s)`, zh: `${zh}（${retryInSeconds} 秒后）` };
  }
  if (result.justAdmitted === true) return JUST_ADMITTED;
  if (verdict !== 'ADMIT') return { en, zh };
  if (silence !== undefined) {
    const age = ageWords(silence.lastContactSeconds);
    return {
      en: `${en} (no connection: not confirmed by the platform, refund state unknown; ${age.en})`,
      zh: `${zh}（网络中断，平台未确认，退票状态未知；${age.zh}）`,
    };
  }
  if (result.refundStateKnown === false) {
    return { en: `${en} (refund state unknown)`, zh: `${zh}（退票状态未知）` };
  }
  return { en, zh };
}

function ageWords(lastContactSeconds: number | null): { en: string; zh: string } {
  if (lastContactSeconds === null) return { en: 'never in contact', zh: '从未联网' };
  if (lastContactSeconds < 120) {
    return { en: `last contact ${lastContactSeconds} s ago`, zh: `上次联网 ${lastContactSeconds} 秒前` };
  }
  const minutes = Math.round(lastContactSeconds / 60);
  return { en: `last contact ${minutes} min ago`, zh: `上次联网 ${minutes} 分钟前` };
}
