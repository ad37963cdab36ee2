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

export type ScanResult = Admitted | AlreadyEntered | Unreadable | KeysPending | OfflineRefused | Refused;

type Known = {
  /** The scan's identity; missing if the store could not keep it. */
  recordId?: RecordId;
  ticket?: TicketCodeFields;
  info?: TicketInfo;
  /** Set if the upstream was asked and silent. */
  silence?: Silence;
  eTicket?: ShownETicket;
};

type Admitted = Known &
  FirstAnswer & {
    verdict: 'ADMIT';
    opened: GateOpened;
    entry: FirstEntry;
  };

type AlreadyEntered = Known & {
  verdict: 'ALREADY_ENTERED';
  firstEntry?: FirstEntry;
  /** Admitted by the same text at the same scanner a moment ago. */
  justAdmitted?: boolean;
};

type Unreadable = Known & {
  verdict: 'UNREADABLE';
  fault: ScannerFault;
  /** For the page at the gate, where it was no check. */
  instead?: ToldInstead;
};

type KeysPending = Known & { verdict: 'KEYS_PENDING'; retryInSeconds: number };

type OfflineRefused = Known & {
  verdict: 'OFFLINE_REFUSED';
  /** When to try again, if the upstream still holds the claim of an earlier scan of this terminal that admitted nobody. */
  ownClaimStands?: { retryInSeconds: number };
};

type Refused = Known & {
  detail?: ETicketObjection;
  verdict: Exclude<Verdict, (Admitted | AlreadyEntered | Unreadable | KeysPending | OfflineRefused)['verdict']>;
};

/** Verdicts that may change a moment later. */
const PASSING: ReadonlySet<Verdict> = new Set([
  'KEYS_PENDING',
  'KEYS_UNAVAILABLE',
  'OFFLINE_REFUSED',
  'CLOCK_UNTRUSTED',
  'STORE_UNAVAILABLE',
]);

/** Whether a repeated read gets the same answer; not if the gate stayed shut, since it has to open after all. */
export function doesStand(result: ScanResult): boolean {
  return result.verdict === 'ADMIT' ? result.opened !== 'no' : !PASSING.has(result.verdict);
}

/**
 * The answer when the code of an admission comes again from the same scanner at a gate without hardware, after staff let the
 * guest in: it may be a second person with a copy. Reading C8.
 */
export function afterAdmission(result: ScanResult): ScanResult {
  if (result.verdict !== 'ADMIT') return result;
  const { confirmed: _, refundStateKnown: __, opened: ___, silence: ____, entry, ...known } = result;
  return { ...known, verdict: 'ALREADY_ENTERED', justAdmitted: true, firstEntry: entry };
}

/**
 * Whether an answer also applies to the renewed QR of the same e-ticket: only if the QR counted, since one that does not count
 * says nothing about the next.
 */
export function goesForRenewed(result: ScanResult): boolean {
  const { verdict, ticket, eTicket } = result;
  if ('instead' in result) return true;
  return ticket !== undefined && eTicket !== undefined && verdict !== 'ETICKET_STALE';
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
    RetryInSeconds: retryIn(result),
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

function retryIn(result: ScanResult): number | undefined {
  if (result.verdict === 'KEYS_PENDING') return result.retryInSeconds;
  return result.verdict === 'OFFLINE_REFUSED' ? result.ownClaimStands?.retryInSeconds : undefined;
}

type Words = { en: string; zh: string };

function wordsFor(result: ScanResult): Words {
  const words = VERDICTS[result.verdict];
  switch (result.verdict) {
    case 'UNREADABLE':
      return SCANNER_FAULTS[result.fault];
    case 'KEYS_PENDING':
      return withRetry(words, result.retryInSeconds);
    case 'OFFLINE_REFUSED':
      return result.ownClaimStands ? withRetry(OWN_CLAIM_STANDS, result.ownClaimStands.retryInSeconds) : words;
    case 'ALREADY_ENTERED': {
      if (result.justAdmitted) return JUST_ADMITTED;
      if (!result.firstEntry?.unrecorded) return words;
      // No entry is known: staff find out, and a supervisor releases the claim or overrides the refusal.
      const { zh, en } = heldWords(result.firstEntry);
      return { en: `${en}, and no entry is recorded: call a supervisor`, zh: `此票${zh}，尚无入场记录，请找值班经理` };
    }
    case 'ETICKET_STALE':
      return wordsForStale(words, result.eTicket);
    case 'ADMIT':
      return wordsForAdmission(result);
    default:
      return words;
  }
}

/** Adds the age, from which staff see whether it is a screenshot or a clock is wrong. */
function wordsForStale({ en, zh }: Words, eTicket: ShownETicket | undefined): Words {
  if (eTicket === undefined) return { en, zh };
  const minutes = Math.floor(Math.abs(eTicket.ageSeconds) / 60);
  if (eTicket.ageSeconds < 0) {
    return { en: `${en} (its time lies ${minutes} min ahead)`, zh: `${zh}（其校验时间超前 ${minutes} 分钟）` };
  }
  return { en: `${en} (verified ${minutes} min ago)`, zh: `${zh}（${minutes} 分钟前校验）` };
}

function withRetry({ en, zh }: Words, seconds: number): Words {
  return { en: `${en} (in ${seconds} s)`, zh: `${zh}（${seconds} 秒后）` };
}

/** A gate that stays shut does not change the verdict; the message says what to do. */
function wordsForAdmission(result: Admitted): Words {
  const words = wordsOfKnowledge(result);
  if (result.opened !== 'no') return words;
  return {
    en: `${words.en}; the gate did not open: let this guest in by hand`,
    zh: `${words.zh}；闸机未打开，请手动开门放行这位观众`,
  };
}

/** Names the parts of the platform's answer that were not understood; null if all was. */
function notUnderstood(info: TicketInfo | undefined): Words | null {
  const { RefundStatus: refund, CheckStatus: check } = info?.unknownWords ?? {};
  const all: Words[] = [];
  if (refund !== undefined)
    all.push({
      en: `the platform's answer about the refund, "${refund}", is not understood: refund state unknown`,
      zh: `平台对退票状态的答复“${refund}”无法识别，是否已退票未知`,
    });
  if (check !== undefined)
    all.push({
      en: `the platform's answer about entries, "${check}", is not understood: an earlier entry is possible`,
      zh: `平台对检票状态的答复“${check}”无法识别，是否已入场未知`,
    });
  return all.length === 0 ? null : { en: all.map(({ en }) => en).join('; '), zh: all.map(({ zh }) => zh).join('；') };
}

function wordsOfKnowledge({ silence, refundStateKnown, info }: Admitted): Words {
  const { en, zh } = VERDICTS.ADMIT;
  const unknown = notUnderstood(info);
  if (unknown !== null) return { en: `${en} (${unknown.en})`, zh: `${zh}（${unknown.zh}）` };
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
