import type { Verdict } from './verdicts.ts';

// Imported by screens in the browser too, so it imports nothing that runs.

/** Groups of verdicts by what staff do about them, in display order, in the same words on every page. */
export const SCAN_KINDS = {
  admitted: { zh: '放行', en: 'Admitted' },
  entered: { zh: '已入场', en: 'Already entered' },
  invalid: { zh: '退票或场次等不符', en: 'Refunded, or not for here and now' },
  unreadable: { zh: '无法识别或无效票', en: 'Not readable or not genuine' },
  undecided: { zh: '终端无法判定，须找工作人员', en: 'The terminal could not decide: staff called' },
  other: { zh: '其他', en: 'Other' },
} as const satisfies Record<string, { zh: string; en: string }>;

export type ScanKind = keyof typeof SCAN_KINDS;

const KINDS = Object.keys(SCAN_KINDS) as ScanKind[];

const KIND_OF: Readonly<Record<Verdict, ScanKind>> = {
  ADMIT: 'admitted',
  ALREADY_ENTERED: 'entered',
  REFUNDED: 'invalid',
  TOO_EARLY: 'invalid',
  EXPIRED: 'invalid',
  WRONG_CINEMA: 'invalid',
  WRONG_SCREEN: 'invalid',
  NOT_SOLD: 'invalid',
  ETICKET_STALE: 'invalid',
  ETICKET_ONLY: 'invalid',
  UNREADABLE: 'unreadable',
  NOT_GENUINE: 'unreadable',
  KEYS_PENDING: 'undecided',
  KEYS_UNAVAILABLE: 'undecided',
  OFFLINE_REFUSED: 'undecided',
  CLOCK_UNTRUSTED: 'undecided',
  STORE_UNAVAILABLE: 'undecided',
};

/** What a verdict is shown as; one of a later version, and a scan that was cut off, as `other`. */
export function scanKindOf(verdict: string): ScanKind {
  return Object.hasOwn(KIND_OF, verdict) ? KIND_OF[verdict as Verdict] : 'other';
}

/** How many scans there were of each kind, in the order in which they are shown; kinds without any are left out. */
export function countKinds(scans: Iterable<readonly [verdict: string, count: number]>): Map<ScanKind, number> {
  const sums = new Map(KINDS.map((kind) => [kind, 0]));
  for (const [verdict, count] of scans) sums.set(scanKindOf(verdict), (sums.get(scanKindOf(verdict)) ?? 0) + count);
  return new Map([...sums].filter(([, sum]) => sum > 0));
}
