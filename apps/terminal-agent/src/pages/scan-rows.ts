import type { InEachLanguage, Language } from '@ticket-check/admin';
import { type RecordId, type TicketIdentity, VERDICTS } from '@ticket-check/protocol';
import type { Store } from '@ticket-check/storage';
import { firstWords, heldWords } from '../admission/entry-words.ts';
import type { FirstEntry } from '../admission/rules.ts';
import type { OverrideTables } from '../journal/refusals.ts';
import type { ScanTables } from '../journal/scan-tables.ts';
import { type Cell, forPeople } from './ticket-pages.ts';

const zh = {
  columns: ['扫描时间', '检票口', '电影票编码', '场次', '判定', '备注'],
  undecided: '未完成',
  overriddenBy: (operator: string) => `由 ${operator} 人工放行`,
  notOpened: '闸机未打开，须手动开门放行',
  offlineKnowing: (time: string) => `网络中断，退票信息截至 ${time}`,
  lateVerdicts: { REFUNDED: '事后得知已退票', ALREADY_ENTERED: '事后得知重复入场' } as Readonly<Record<string, string>>,
  letInLater: (operator: string) => `后由 ${operator} 人工放行`,
};

const WORDS: InEachLanguage<typeof zh> = {
  zh,
  en: {
    columns: ['Scanned', 'Gate', 'Ticket', 'Session', 'Verdict', 'Remarks'],
    undecided: 'not decided',
    overriddenBy: (operator) => `let in by ${operator}`,
    notOpened: 'the gate did not open: to be let in by hand',
    offlineKnowing: (time) => `no connection, refunds known up to ${time}`,
    lateVerdicts: { REFUNDED: 'found refunded later', ALREADY_ENTERED: 'found entered twice later' },
    letInLater: (operator) => `then let in by ${operator}`,
  },
};

/** What identifies a ticket whose scans are searched. */
export type AskedTicket = Partial<TicketIdentity> & { readonly recordId?: RecordId };

/** Selects the newest scans of the permitted cinemas, latest first, on the connection of reports: all, or those of a ticket. */
export function selectScans(
  store: Store<ScanTables & OverrideTables>,
  asked: AskedTicket,
  cinemas: readonly string[] | 'all',
  most: number,
) {
  let scans = store.reports
    .selectFrom('scan')
    .leftJoin('override', 'override.recordId', 'scan.recordId')
    .leftJoin('refusal', 'refusal.recordId', 'scan.recordId')
    .leftJoin('override as later', 'later.overrides', 'scan.recordId')
    .select(['scan.recordId', 'scannedAt', 'gate', 'scan.verdict', 'filmTicketCode', 'startTime', 'openedAt'])
    .select(['changesKnownAt', 'lateVerdict', 'override.operator as overriddenBy'])
    // For refusals of today: whether they may still be overridden.
    .select(['refusal.recordId as kept', 'refusal.first', 'later.operator as letInBy'])
    .orderBy('sequence', 'desc')
    .limit(most);
  if (asked.recordId !== undefined) scans = scans.where('scan.recordId', '=', asked.recordId);
  if (asked.filmTicketCode !== undefined) scans = scans.where('filmTicketCode', '=', asked.filmTicketCode);
  if (asked.cinemaCode !== undefined) scans = scans.where('cinemaCode', '=', asked.cinemaCode);
  if (asked.startTime !== undefined) scans = scans.where('startTime', '=', asked.startTime);
  if (cinemas !== 'all') scans = scans.where('cinemaCode', 'in', cinemas);
  return scans;
}

export type FoundScan = Awaited<ReturnType<ReturnType<typeof selectScans>['execute']>>[number];

/** The earlier entry or the claim's holder for which a scan was refused, if known. */
export const firstOf = ({ first }: FoundScan): FirstEntry | null =>
  first === null ? null : (JSON.parse(first) as FirstEntry);

export const scanHeads = (language: Language): readonly string[] => WORDS[language].columns;

/** A scan as a row of such a table. */
export function scanRow(scan: FoundScan, language: Language): Cell[] {
  const t = WORDS[language];
  const { verdict, startTime, filmTicketCode, overriddenBy, changesKnownAt, lateVerdict, letInBy } = scan;
  const first = firstOf(scan);
  const remarks = [
    overriddenBy === null ? '' : t.overriddenBy(overriddenBy),
    verdict === 'ADMIT' && scan.openedAt === null ? t.notOpened : '',
    changesKnownAt === null ? '' : t.offlineKnowing(forPeople(changesKnownAt)),
    lateVerdict === null ? '' : (t.lateVerdicts[lateVerdict] ?? lateVerdict),
    first === null ? '' : firstWords(first, language),
    letInBy === null ? '' : t.letInLater(letInBy),
  ];
  return [
    forPeople(scan.scannedAt),
    scan.gate,
    { code: filmTicketCode ?? '' },
    startTime === null ? '' : forPeople(startTime).slice(0, 16),
    first?.unrecorded === true ? heldWords(first)[language] : verdictWords(verdict, language),
    remarks.filter(Boolean).join(' · '),
  ];
}

/** The words of a verdict; null: undecided. */
export function verdictWords(verdict: unknown, language: Language): string {
  if (typeof verdict !== 'string') return WORDS[language].undecided;
  const known: Readonly<Record<string, { zh: string; en: string }>> = VERDICTS;
  return known[verdict]?.[language] ?? verdict;
}
