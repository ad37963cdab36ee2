import type { Verdict } from './verdicts.ts';

// Imported by screens in the browser too, so it imports nothing that runs.

/** Groups of verdicts by what staff do about them, in display order, in the same words on every page. */
export const SCAN_KINDS = {
  admitted: { zh: '放行', en: 'Admitted', verdicts: ['ADMIT'] },
  entered: { zh: '已入场', en: 'Already entered', verdicts: ['ALREADY_ENTERED'] },
  invalid: {
    ...{ zh: '退票或场次等不符', en: 'Refunded, or not for here and now' },
    verdicts: [
      ...(['REFUNDED', 'TOO_EARLY', 'EXPIRED', 'WRONG_CINEMA', 'WRONG_SCREEN'] as const),
      ...(['NOT_SOLD', 'ETICKET_STALE', 'ETICKET_ONLY'] as const),
    ],
  },
  unreadable: { zh: '无法识别或无效票', en: 'Not readable or not genuine', verdicts: ['UNREADABLE', 'NOT_GENUINE'] },
  undecided: {
    ...{ zh: '终端无法判定，须找工作人员', en: 'The terminal could not decide: staff called' },
    verdicts: [
      ...(['KEYS_PENDING', 'KEYS_UNAVAILABLE', 'OFFLINE_REFUSED'] as const),
      ...(['CLOCK_UNTRUSTED', 'STORE_UNAVAILABLE'] as const),
    ],
  },
  other: { zh: '其他', en: 'Other', verdicts: [] },
} as const satisfies Record<string, { zh: string; en: string; verdicts: readonly Verdict[] }>;

export type ScanKind = keyof typeof SCAN_KINDS;

const KINDS = Object.keys(SCAN_KINDS) as ScanKind[];

/** What a verdict is shown as; one of a later version, and a scan that was cut off, as `other`. */
export const scanKindOf = (verdict: string): ScanKind =>
  KINDS.find((kind) => (SCAN_KINDS[kind].verdicts as readonly string[]).includes(verdict)) ?? 'other';

/** How many scans there were of each kind, in the order in which they are shown; kinds without any are left out. */
export function countKinds(scans: Iterable<readonly [verdict: string, count: number]>): Map<ScanKind, number> {
  const sums = new Map(KINDS.map((kind) => [kind, 0]));
  for (const [verdict, count] of scans) sums.set(scanKindOf(verdict), (sums.get(scanKindOf(verdict)) ?? 0) + count);
  return new Map([...sums].filter(([, sum]) => sum > 0));
}
