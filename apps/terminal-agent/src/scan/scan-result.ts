import {
  type RecordId,
  type TicketCodeFields,
  type TicketInfo,
  VERDICTS,
  type Verdict,
  type WallClock,
} from '@ticket-check/protocol';
import { heldWords } from '../admission/entry-words.ts';
import type { FirstEntry } from '../admission/rules.ts';
import type { ToldInstead } from '../admission/scan-answer.ts';
import type { ETicketObjection } from '../e-tickets/judge-e-ticket.ts';
import type { FirstAnswer, ShownETicket, Silence } from '../journal/scan.ts';
import { SCANNER_FAULTS, type ScannerFault } from '../scanner/reading/scanner-faults.ts';
import type { GateOpened } from './open-gate.ts';

export type ScanResult = {
  /** The scan's identity; missing if the store could not keep it. */
  recordId?: RecordId;
  ticket?: TicketCodeFields;
  info?: TicketInfo;
  /** Set if the upstream was asked and silent. */
  silence?: Silence;
  eTicket?: ShownETicket;
} & (
  | (FirstAnswer & { verdict: 'ADMIT'; opened: GateOpened; entry: FirstEntry })
  /** `justAdmitted`: by the same text at the same scanner a moment ago. */
  | { verdict: 'ALREADY_ENTERED'; firstEntry?: FirstEntry; justAdmitted?: boolean }
  /** `instead`: for the page at the gate, where it was no check. */
  | { verdict: 'UNREADABLE'; fault: ScannerFault; instead?: ToldInstead }
  | { verdict: 'KEYS_PENDING'; retryInSeconds: number }
  /** `retryInSeconds`: the upstream still holds the claim of an earlier scan of this terminal that admitted nobody. */
  | { verdict: 'OFFLINE_REFUSED'; retryInSeconds?: number }
  | { verdict: Exclude<Verdict, TellingMore>; detail?: ETicketObjection }
);

type TellingMore = 'ADMIT' | 'ALREADY_ENTERED' | 'UNREADABLE' | 'KEYS_PENDING' | 'OFFLINE_REFUSED';

/**
 * The answer when the code of an admission comes again from the same scanner at a gate without hardware, after staff let the
 * guest in: it may be a second person with a copy. Reading C8.
 */
export function afterAdmission(result: ScanResult): ScanResult {
  if (result.verdict !== 'ADMIT') return result;
  const { silence: _, entry, ...known } = result;
  return { ...known, verdict: 'ALREADY_ENTERED', justAdmitted: true, firstEntry: entry };
}

export type VerdictJson = ReturnType<typeof verdictJson>;

/** Writes a verdict; elements that do not apply are undefined, and omitted from JSON. */
export function verdictJson(result: ScanResult, { repeated, elapsedMs }: { repeated: boolean; elapsedMs: number }) {
  const { verdict, recordId, ticket, info, silence, eTicket } = result;
  const admitted = verdict === 'ADMIT' ? result : undefined;
  const first = verdict === 'ALREADY_ENTERED' ? result.firstEntry : undefined;
  const words = wordsFor(result);
  return {
    Verdict: verdict,
    Message: words.en,
    MessageZh: words.zh,
    RecordId: recordId,
    Confirmed: admitted?.confirmed,
    RefundStateKnown: admitted?.refundStateKnown,
    GateOpened: admitted?.opened === 'no' ? false : undefined,
    UnknownWords: admitted && info?.unknownWords,
    RetryInSeconds: 'retryInSeconds' in result ? result.retryInSeconds : undefined,
    FilmTicketCode: ticket?.filmTicketCode,
    ScreenCode: ticket?.screenCode,
    SeatCode: ticket?.seatCode,
    StartTime: ticket?.startTime,
    // What the platform did not say is empty or 0.
    ScreenName: info?.screenName || undefined,
    FilmName: info?.filmName || undefined,
    RowNum: info?.rowNum || undefined,
    ColumnNum: info?.columnNum || undefined,
    ETicket: eTicket && { Time: eTicket.time, AgeSeconds: eTicket.ageSeconds },
    FirstEntry: first && {
      CheckTime: first.checkTime,
      Gate: first.gate,
      Terminal: first.terminal,
      Recorded: first.unrecorded ? false : undefined,
    },
    LastContactSeconds: silence?.lastContactSeconds ?? undefined,
    ChangesKnownAt: silence?.changesKnownAt ?? undefined,
    Repeated: repeated || undefined,
    ElapsedMs: Math.round(elapsedMs * 10) / 10,
  };
}

const OWN_CLAIM_STANDS = {
  en: 'An earlier try with this ticket did not end properly: scan again',
  zh: '此票上一次检票尚未结束，请重新扫描',
};

const JUST_ADMITTED = {
  en: 'The same code as just now: if this is the same guest, they are already let in; do not let a second person in',
  zh: '与刚才是同一票码：如为同一观众，已放行入场；请勿让第二人入场',
};

type Words = { en: string; zh: string };

function wordsFor(result: ScanResult): Words {
  const words = VERDICTS[result.verdict];
  switch (result.verdict) {
    case 'UNREADABLE':
      return SCANNER_FAULTS[result.fault];
    case 'KEYS_PENDING':
      return withRetry(words, result.retryInSeconds);
    case 'OFFLINE_REFUSED':
      return result.retryInSeconds === undefined ? words : withRetry(OWN_CLAIM_STANDS, result.retryInSeconds);
    case 'ALREADY_ENTERED': {
      if (result.justAdmitted) return JUST_ADMITTED;
      if (!result.firstEntry?.unrecorded) return words;
      // No entry is known: staff find out, and a supervisor releases the claim or overrides the refusal.
      const { zh, en } = heldWords(result.firstEntry);
      return { en: `${en}, and no entry is recorded: call a supervisor`, zh: `此票${zh}，尚无入场记录，请找值班经理` };
    }
    case 'ETICKET_STALE':
      return result.eTicket === undefined ? words : withAge(words, result.eTicket.ageSeconds);
    case 'ADMIT': {
      const { en, zh } = wordsOfKnowledge(result);
      if (result.opened !== 'no') return { en, zh };
      // A gate that stays shut does not change the verdict; the message says what to do.
      return {
        en: `${en}; the gate did not open: let this guest in by hand`,
        zh: `${zh}；闸机未打开，请手动开门放行这位观众`,
      };
    }
    default:
      return words;
  }
}

/** Adds the age of an e-ticket, from which staff see whether it is a screenshot or a clock is wrong. */
function withAge({ en, zh }: Words, ageSeconds: number): Words {
  const minutes = Math.floor(Math.abs(ageSeconds) / 60);
  return ageSeconds < 0
    ? { en: `${en} (its time lies ${minutes} min ahead)`, zh: `${zh}（其校验时间超前 ${minutes} 分钟）` }
    : { en: `${en} (verified ${minutes} min ago)`, zh: `${zh}（${minutes} 分钟前校验）` };
}

function withRetry({ en, zh }: Words, seconds: number): Words {
  return { en: `${en} (in ${seconds} s)`, zh: `${zh}（${seconds} 秒后）` };
}

function wordsOfKnowledge({ silence, refundStateKnown, info }: ScanResult & { verdict: 'ADMIT' }): Words {
  const { en, zh } = VERDICTS.ADMIT;
  const { RefundStatus: refund, CheckStatus: check } = info?.unknownWords ?? {};
  if (refund !== undefined || check !== undefined) {
    const unknown = [
      refund !== undefined && [
        `the platform's answer about the refund, "${refund}", is not understood: refund state unknown`,
        `平台对退票状态的答复“${refund}”无法识别，是否已退票未知`,
      ],
      check !== undefined && [
        `the platform's answer about entries, "${check}", is not understood: an earlier entry is possible`,
        `平台对检票状态的答复“${check}”无法识别，是否已入场未知`,
      ],
    ].filter((words) => words !== false);
    return {
      en: `${en} (${unknown.map(([words]) => words).join('; ')})`,
      zh: `${zh}（${unknown.map(([, words]) => words).join('；')}）`,
    };
  }
  if (silence !== undefined) {
    const age = ageWords(silence.lastContactSeconds);
    const refunds = refundWords(silence.changesKnownAt);
    return {
      en: `${en} (no connection: not confirmed by the platform, ${refunds.en}; ${age.en})`,
      zh: `${zh}（网络中断，平台未确认，${refunds.zh}；${age.zh}）`,
    };
  }
  if (refundStateKnown === false) return { en: `${en} (refund state unknown)`, zh: `${zh}（退票状态未知）` };
  return { en, zh };
}

function refundWords(knownAt: WallClock | null): Words {
  if (knownAt === null) return { en: 'refund state unknown', zh: '退票状态未知' };
  const [date, time] = [knownAt.slice(5, 10), knownAt.slice(11, 16)];
  return { en: `refunds known up to ${date} ${time}`, zh: `退票信息截至 ${date} ${time}` };
}

function ageWords(lastContactSeconds: number | null): Words {
  if (lastContactSeconds === null) return { en: 'never in contact', zh: '从未联网' };
  if (lastContactSeconds < 120) {
    return { en: `last contact ${lastContactSeconds} s ago`, zh: `上次联网 ${lastContactSeconds} 秒前` };
  }
  const minutes = Math.round(lastContactSeconds / 60);
  return { en: `last contact ${minutes} min ago`, zh: `上次联网 ${minutes} 分钟前` };
}
